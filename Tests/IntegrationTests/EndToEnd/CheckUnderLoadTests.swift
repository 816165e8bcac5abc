// `fountain check` on live data: while a crowd writes, it finds nothing wrong, and leaves nothing behind. What is on disk afterwards is, table by table, what
// the same crowd leaves where nobody checks.

import Bus
import Ecosystem
import EcosystemTesting
import Foundation
import Processes
import Synchronization
import Testing

@Suite(.tags(.endToEnd), .witnessed, .timeLimit(.minutes(3))) struct CheckUnderLoadTests {
    /// What a crowd has written, and who else is there.
    private final class Crowd: Sendable {
        private let state: Mutex<(next: Int, left: Int?)>

        /// It writes so many, or until it is told to end.
        init(_ count: Int?) { state = Mutex((1, count)) }

        var written: Int { state.withLock { $0.next - 1 } }
        func end() { state.withLock { $0.left = 0 } }

        func work(as client: EdgeClient) async throws {
            while let number = next() {
                let answer = try await client.post(
                    "/service_a/sequence",
                    ["elementType": "script", "elementId": .integer(number), "comment": "of the crowd"],
                    headers: [("Idempotency-Key", "crowd-\(number)")]
                )
                try answer.require(201)
            }
        }

        private func next() -> Int? {
            state.withLock { state in
                if let left = state.left {
                    guard left > 0 else { return nil }
                    state.left = left - 1
                }
                defer { state.next += 1 }
                return state.next
            }
        }
    }

    private struct Left {
        let written: Int
        let rows: [String: Int]
        let checks: [Command]
        /// How many were written when each check had ended.
        let progress: [Int]
    }

    /// A crowd of four; with `checks` it writes until that many are done, or else `count` elements.
    private func play(_ count: Int? = nil, checks: Int = 0) async throws -> Left {
        let directory = try TemporaryDirectory()
        let port = try FreePorts.take(1)[0]
        let running = try await RunningFountain(in: directory, port: port)
        let client = try await running.loggedIn()
        let crowd = Crowd(count)
        var (seen, progress): ([Command], [Int]) = ([], [0])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 { group.addTask { try await crowd.work(as: client) } }
            if checks > 0 {
                defer { crowd.end() }
                let topology = try RunningFountain.topology(in: directory, port: port)
                for _ in 0..<checks {
                    seen.append(try await Command.run(["check", "--free", "0", "--topology", topology]))
                    progress.append(crowd.written)
                }
                crowd.end()
            }
            try await group.waitForAll()
        }
        // The last of them, since changes are applied in order; and a search counts no more than two thousand.
        try await client.untilSearch(for: "crowd", finds: 1, where: "sequence_number:>=\(crowd.written)")
        running.process.send(.terminate)
        #expect(await running.process.exitCode() == 0)
        let data = "\(directory.path)/data"
        for name in try FileManager.default.subpathsOfDirectory(atPath: data) where !name.hasPrefix("run/") {
            let bytes = FileManager.default.contents(atPath: "\(data)/\(name)") ?? Data()
            #expect(bytes.range(of: Data("fountain check".utf8)) == nil, "\(name) tells of the check")
        }
        let rows = try await RowsOnDisk(of: data)
        return Left(written: crowd.written, rows: rows.counts, checks: seen, progress: progress)
    }

    @Test func `three checks while a crowd writes find all well, and leave nothing of their own`() async throws {
        let checked = try await play(checks: 3)
        for check in checked.checks { #expect(check.code == 0, "\(check)") }
        #expect(zip(checked.progress, checked.progress.dropFirst()).allSatisfy { $0 < $1 }, "\(checked.progress)")
        let alone = try await play(checked.written)
        #expect(alone.written == checked.written)
        for (table, rows) in checked.rows {
            #expect(rows == alone.rows[table], "\(table), of \(checked.written) elements")
        }
        #expect(checked.rows.keys.count == alone.rows.keys.count && checked.rows.values.contains(checked.written))
    }
}
