// A process that is killed in the middle of its writes has lost nothing that it answered.

import Bus
import Foundation
import Storage
import Synchronization
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

@Suite(.timeLimit(.minutes(1))) struct CrashTests {
    @Test func `kill -9 loses nothing that was answered`() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "crash-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: directory) }

        await #expect(processExitsWith: .signal(SIGKILL)) { [directory = directory as String] in
            let database = try TestDatabase.open(directory + "/test.db")
            let diary = try Diary(directory + "/answered")
            await withTaskGroup { group in
                for writer in 0..<16 {
                    group.addTask { await writeUntilKilled(writer, database, diary) }
                }
            }
        }

        let database = try TestDatabase.open(directory + "/test.db")
        let answered = try Diary.entries(directory + "/answered")
        let stored = try await database.allNumbers()
        let events = try await database.outbox.read(topic: numbers.name, from: 1, limit: 100_000)
        #expect(answered.count >= 300)
        #expect(Set(answered).isSubset(of: stored))
        // A change and its event stand or fall together.
        #expect(events.map(\.offset) == Array(1...UInt64(stored.count)))
        #expect(try events.map { try $0.decode(numbers).value }.sorted() == stored)
    }
}

func writeUntilKilled(_ writer: Int, _ database: DurableStore, _ diary: Diary) async {
    for step in 0..<1_000_000 {
        let value = writer * 1_000_000 + step
        guard (try? await database.add(value)) != nil else { return }
        if diary.note(value) == 300 { kill(getpid(), SIGKILL) }
    }
}

/// What was answered, noted line by line by the process that is about to die.
final class Diary: Sendable {
    private let file: FileHandle
    private let count = Mutex(0)

    init(_ path: String) throws {
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    }

    func note(_ value: Int) -> Int {
        count.withLock { count in
            file.write(Data("\(value)\n".utf8))
            count += 1
            return count
        }
    }

    static func entries(_ path: String) throws -> [Int] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").compactMap { Int($0) }
    }
}
