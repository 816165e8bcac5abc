// Whoever waits for a position goes on when the index has it, and no later than it may.

import Bus
import Contracts
import Storage
import Testing
import TypesenseClient

@Suite(.timeLimit(.minutes(1))) struct IndexProgressTests {
    private func position(_ offset: UInt64, epoch: UInt64 = 1) -> LogPosition {
        LogPosition(epoch: epoch, offset: offset)
    }

    @Test func `what is there already is not waited for`() async throws {
        let progress = IndexProgress { _ in Issue.record("nobody has to wait") }
        progress.reached(position(5))
        try await progress.wait(for: position(5), atMost: .seconds(60))
        try await progress.wait(for: position(2), atMost: .zero)
    }

    @Test func `all who wait for it go on when it is reached, and the others do not`() async throws {
        let (waiting, begun) = AsyncStream<Void>.makeStream()
        let progress = IndexProgress { _ in
            begun.yield()
            await untilCancelled()
        }
        progress.reached(position(1))
        try await withThrowingTaskGroup(of: UInt64.self) { group in
            for offset: UInt64 in [2, 3, 9] {
                group.addTask { [self] in
                    try await progress.wait(for: position(offset), atMost: .seconds(60))
                    return offset
                }
            }
            var starts = waiting.makeAsyncIterator()
            for _ in 1...3 { await starts.next() }
            progress.reached(position(3))
            var done: Set<UInt64> = []
            while done.count < 2, let offset = try await group.next() { done.insert(offset) }
            #expect(done == [2, 3])
            progress.reached(position(3, epoch: 2))
            progress.reached(position(9))
            #expect(try await group.next() == 9)
        }
    }

    @Test(arguments: [LogPosition(epoch: 1, offset: 6), LogPosition(epoch: 2, offset: 1)])
    func `what does not come is answered with how far it is`(wanted: LogPosition) async throws {
        let progress = IndexProgress { _ in }
        progress.reached(position(5))
        let failure = await #expect(throws: Failure.self) {
            try await progress.wait(for: wanted, atMost: .milliseconds(1))
        }
        #expect(failure?.code == .unavailable && failure?.retryAfter == 1)
        #expect(failure?.position == position(5))
    }

    @Test func `an index that begins anew has reached nothing`() async throws {
        let progress = IndexProgress { _ in }
        progress.reached(position(5))
        progress.reached(nil)
        let failure = await #expect(throws: Failure.self) {
            try await progress.wait(for: position(5), atMost: .milliseconds(1))
        }
        #expect(failure?.code == .unavailable && failure?.position == nil)
    }

    @Test(arguments: ["typesense_client.search", "typesense_client.search_by_query"])
    func `a search waits until the index has what was written`(operation: String) async throws {
        let engine = try BuiltInEngine(.memory)
        let (waiting, begun) = AsyncStream<Void>.makeStream()
        let progress = IndexProgress { _ in
            begun.yield()
            await untilCancelled()
        }
        let handlers = TypesenseClient.handlers(engine: engine, health: IndexHealth(progress: progress))
        let search = try #require(handlers.entries[operation])
        let body = Array(#"{"q":"noble","query_by":"comment","fountain_offset":"1:7"}"#.utf8)
        async let answer = search.body(body[...], CallContext(operation: operation))
        var starts = waiting.makeAsyncIterator()
        await starts.next()
        try await engine.apply([change(1, "a noble mind", revision: 7)])
        progress.reached(position(7))
        let text = String(decoding: try await answer, as: UTF8.self)
        #expect(text.hasPrefix(#"{"found":1,"#), "\(text)")
    }
}

/// Time that is never over by itself.
private func untilCancelled() async {
    let (stream, end) = AsyncStream<Never>.makeStream()
    for await _ in stream {}
    end.finish()
}
