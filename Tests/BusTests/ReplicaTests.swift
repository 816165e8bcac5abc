// More than one replica: what one of them does not live to answer, another does.

import Testing

@testable import Bus

@Suite(.timeLimit(.minutes(1))) struct ReplicaTests {
    let bus: TestBus

    init() throws { bus = try TestBus() }

    @Test(arguments: [Transport.ipc, .tcp])
    func `of two replicas one is killed under load, and no idempotent call fails`(transport: Transport) async throws {
        let (first, second) = (try await bus.replica(transport), try await bus.replica(transport))
        let caller = try await bus.caller(of: [first.address, second.address])
        let answered = Counter()
        let calling = Task {
            await withTaskGroup(of: [ErrorCode].self) { group in
                for _ in 0..<16 { group.addTask { await say(200, caller, answered) } }
                return await group.reduce(into: []) { $0 += $1 }
            }
        }
        while answered.value < 500 {
            try Task.checkCancellation()
            await Task.yield()
        }
        let done = await first.node.stats().operations.first { $0.operation == "echo.say" }?.count ?? 0
        await first.node.kill()
        #expect(await calling.value == [])
        #expect(done > 0 && answered.value == 16 * 200)
        for node in [caller, second.node] { await node.shutDown() }
    }

    /// What went wrong with so many calls, one after the other.
    private func say(_ count: Int, _ caller: Node, _ answered: Counter) async -> [ErrorCode] {
        var failures: [ErrorCode] = []
        for number in 0..<count {
            let failure = await code { try await caller.call(Echo.say, .init(text: "\(number)")) }
            if let failure { failures.append(failure) }
            answered.count()
        }
        return failures
    }

    /// A handler has begun, and nobody knows what it has done before it gave up.
    @Test func `what a handler says of a service behind it is no reason to do it again elsewhere`() async throws {
        let begun = Counter()
        var handlers = Handlers()
        handlers.on(Echo.once) { _, _ in
            begun.count()
            throw Failure(.draining, "The service behind this one drains.")
        }
        let (first, second) = (try await bus.replica(handlers), try await bus.replica(handlers))
        let caller = try await bus.caller(of: [first.address, second.address])
        #expect(await code { try await caller.call(Echo.once, .init(text: "")) } == .unavailable)
        #expect(begun.value == 1)
        for node in [caller, first.node, second.node] { await node.shutDown() }
    }
}
