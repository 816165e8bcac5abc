// The store against a plain array, in processes that are killed: ten thousand random changes on a file, and whenever SIGKILL comes, the
// next life finds the order after the last change that was answered, or after the one that was under way.
//
//     life      draws the changes of its seed again up to where the diary ends, compares, goes on
//     change    made ──> the order is that of the array ──> a byte in the diary (appended: what is written stays when the process dies)

import Bus
import Contracts
import Foundation
import ServiceA
import Storage
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

@Suite(.timeLimit(.minutes(10))) struct OrderCrashTests {
    @Test(arguments: [ModelTests.seed])
    func `kill -9 at any moment leaves the order of an array`(seed: UInt64) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "oc-\(UUID().uuidString.prefix(8))").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var lives = 0
        while try Diary.length(in: directory) < ModelTests.steps {
            let before = try Diary.length(in: directory)
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [directory = directory as String, seed = seed as UInt64] in
                var life = try await Life(directory, seed: seed)
                try await life.live()
            }
            lives += 1
            // A life that got nowhere would be the last one again and again.
            try #require(try Diary.length(in: directory) > before || lives < 100, "life \(lives) of seed \(seed)")
        }
        #expect(lives > 3, "there were crashes")
        let store = try DatabaseSequenceStore(.file(directory + "/a.db"))
        var model = Model(seed: seed)
        for _ in 1...ModelTests.steps { _ = model.step() }
        #expect(try await store.order(of: .action) == model.ids)
        var follower = Follower()
        for change in try await store.changes() { follower.apply(change) }
        #expect(follower.order(of: SequenceName(.action)) == model.ids)
    }
}

/// One process, until it is killed. What it finds wrong it says, and then ends in another way than it should.
private struct Life {
    private let store: DatabaseSequenceStore
    private let diary: Diary
    private var model: Model
    private var done: Int

    init(_ directory: String, seed: UInt64) async throws {
        store = try DatabaseSequenceStore(.file(directory + "/a.db"))
        done = try Diary.length(in: directory)
        diary = try Diary(in: directory)
        model = Model(seed: seed)
        for _ in 0..<done { _ = model.step() }
        try await meetTheLast()
    }

    /// The change under way when the last life ended is done or not, and nothing in between.
    private mutating func meetTheLast() async throws {
        let found = try await store.order(of: .action)
        var next = model
        let step = next.step()
        // A version changes no order: it may be there twice, and the order is right both times.
        guard found != model.ids || next.ids == model.ids else { return }
        try expect(found == next.ids, "after change \(done): neither it nor \(step) fits \(found)")
        guard done < ModelTests.steps, next.ids != model.ids else { return }
        model = next
        note()
    }

    mutating func live() async throws {
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(.random(in: 500...3_000))) {
            kill(getpid(), SIGKILL)
        }
        while done < ModelTests.steps {
            let step = model.step()
            try await store.perform(step)
            try expect(try await store.order(of: .action) == model.ids, "change \(done + 1): \(step)")
            note()
        }
        kill(getpid(), SIGKILL)
    }

    private mutating func note() {
        diary.note()
        done += 1
    }

    private func expect(_ isRight: Bool, _ what: @autoclosure () -> String) throws {
        guard !isRight else { return }
        FileHandle.standardError.write(Data("\(what())\n".utf8))
        exit(1)
    }
}

/// One byte for each change that was answered.
private final class Diary: Sendable {
    private let file: FileHandle

    init(in directory: String) throws {
        let path = directory + "/answered"
        if !FileManager.default.fileExists(atPath: path) {
            _ = FileManager.default.createFile(atPath: path, contents: nil)
        }
        file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try file.seekToEnd()
    }

    func note() { file.write(Data([0x2E])) }

    static func length(in directory: String) throws -> Int {
        let path = directory + "/answered"
        guard FileManager.default.fileExists(atPath: path) else { return 0 }
        return try Data(contentsOf: URL(fileURLWithPath: path)).count
    }
}
