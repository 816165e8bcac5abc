// What is read while a batch is applied, and what is not (ADR 0057).

import Bus
import Contracts
import Synchronization
import Testing

@testable import TypesenseClient

@Suite(.timeLimit(.minutes(1))) struct BatchReaderTests {
    /// Events in portions, and how often somebody has asked for one.
    private final class Portions: Sendable {
        private struct State {
            var portions: [[Event]]
            var asked = 0
        }

        private let state: Mutex<State>

        init(_ portions: [[Event]]) { state = Mutex(State(portions: portions)) }

        var asked: Int { state.withLock(\.asked) }

        func untilAsked(_ times: Int) async throws {
            while asked < times {
                try Task.checkCancellation()
                await Task.yield()
            }
        }

        func next() throws -> [Event]? {
            try state.withLock { state in
                state.asked += 1
                guard !state.portions.isEmpty else { return nil }
                let portion = state.portions.removeFirst()
                guard !portion.isEmpty else { throw Failure(.gone, "These events are gone.") }
                return portion
            }
        }
    }

    private func events(_ range: ClosedRange<UInt64>, epoch: UInt64 = 1) throws -> [Event] {
        try range.map { try event(change(Int($0), "line", revision: $0), epoch: epoch) }
    }

    @Test func `behind a long batch the next one is read while it is applied`() async throws {
        let portions = Portions([try events(1...200), try events(201...400)])
        let reader = BatchReader { try portions.next() }
        var applied: [UInt64] = []
        try await reader.eachRun { run in
            // Nobody would ask before this returns, were it not read ahead.
            try await portions.untilAsked(applied.count + 2)
            #expect(run.batch.checkpoint?.offset == run.last.offset)
            applied.append(run.last.offset)
        }
        #expect(applied == [200, 400])
    }

    @Test func `what comes singly is not read ahead, so that what gathers is one batch`() async throws {
        let portions = Portions([try events(1...3), try events(4...4)])
        let reader = BatchReader { try portions.next() }
        var asked: [Int] = []
        try await reader.eachRun { _ in
            // Whoever reads ahead has the processor meanwhile.
            for _ in 0..<10_000 where portions.asked == asked.count + 1 { await Task.yield() }
            asked.append(portions.asked)
        }
        #expect(asked == [1, 2])
        #expect(portions.asked == 3)
    }

    @Test func `a reading that fails says so once what was read before is applied`() async throws {
        let portions = Portions([try events(1...200), []])
        let reader = BatchReader { try portions.next() }
        var applied: [UInt64] = []
        await #expect(throws: Failure.self) {
            try await reader.eachRun { run in
                try await portions.untilAsked(2)
                applied.append(run.last.offset)
            }
        }
        #expect(applied == [200])
    }

    @Test func `where the log begins anew a batch ends`() async throws {
        let portions = Portions([try events(1...150) + events(1...2, epoch: 2)])
        let reader = BatchReader { try portions.next() }
        var runs: [Checkpoint] = []
        try await reader.eachRun { run in if let checkpoint = run.batch.checkpoint { runs.append(checkpoint) } }
        #expect(runs == [Checkpoint(epoch: 1, offset: 150), Checkpoint(epoch: 2, offset: 2)])
    }
}
