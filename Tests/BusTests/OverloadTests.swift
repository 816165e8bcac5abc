// A replica that is full has not begun what it refuses: another one may, whatever the operation does.

import Testing

@testable import Bus

@Suite(.timeLimit(.minutes(1))) struct OverloadTests {
    static let busy = Operation<Echo.Text, Echo.Text>("echo.busy", "Takes for ever", access: .public)
    let bus: TestBus

    init() throws { bus = try TestBus() }

    /// A replica that takes one call at a time, and the call that it has taken.
    func fullReplica() async throws -> (node: Node, address: ServiceAddress, taken: Task<Void, Never>) {
        let (began, never) = (Gate(), Gate())
        var handlers = TestBus.echoHandlers()
        handlers.on(Self.busy) { input, _ in
            await began.open()
            await never.wait()
            return input
        }
        let (node, address) = try await bus.replica(handlers, limit: 1)
        let occupant = try bus.node("occupant", ["echo": [address]])
        let taken = Task {
            _ = await code { try await occupant.call(Self.busy, .init(text: ""), timeout: .seconds(60)) }
            await occupant.shutDown()
        }
        await began.wait()
        return (node, address, taken)
    }

    func refusals(of node: Node) async -> UInt64 {
        await node.stats().operations.reduce(0) { $0 + ($1.errors["overloaded"] ?? 0) }
    }

    @Test(arguments: [1, 32])
    func `a call that a full replica refuses succeeds on one that has room`(atOnce: Int) async throws {
        let (full, free) = (try await fullReplica(), try await bus.replica())
        let caller = try await bus.caller(of: [full.address, free.address])
        for _ in 0..<64 / atOnce {
            let failures = await withTaskGroup(of: ErrorCode?.self) { group in
                for _ in 0..<atOnce {
                    group.addTask { await code { try await caller.call(Echo.once, .init(text: "")) } }
                }
                return await group.reduce(into: [ErrorCode]()) { if let code = $1 { $0.append(code) } }
            }
            #expect(failures == [])
        }
        // Else it has seen nothing.
        #expect(await refusals(of: full.node) > 0)
        #expect(await caller.stats().links.allSatisfy { $0.outstanding == 0 })
        full.taken.cancel()
        await full.taken.value
        for node in [caller, full.node, free.node] { await node.shutDown() }
    }

    @Test func `where every replica is full the answer is overloaded, and each was asked once`() async throws {
        let (first, second) = (try await fullReplica(), try await fullReplica())
        let caller = try await bus.caller(of: [first.address, second.address])
        let before = (await refusals(of: first.node), await refusals(of: second.node))
        let failure = await #expect(throws: Failure.self) { try await caller.call(Echo.once, .init(text: "")) }
        #expect(failure?.code == .overloaded && failure?.retryAfter == 1)
        #expect(await refusals(of: first.node) == before.0 + 1)
        #expect(await refusals(of: second.node) == before.1 + 1)
        for full in [first, second] {
            full.taken.cancel()
            await full.taken.value
        }
        for node in [caller, first.node, second.node] { await node.shutDown() }
    }

    /// It has begun, and nobody knows what it has done before it gave up.
    @Test func `a handler that is overloaded itself is not asked again elsewhere`() async throws {
        let begun = Counter()
        var handlers = Handlers()
        handlers.on(Echo.once) { _, _ in
            begun.count()
            throw Failure(.overloaded, "Too many writes are waiting.", retryAfter: 1)
        }
        let (first, second) = (try await bus.replica(handlers), try await bus.replica(handlers))
        let caller = try await bus.caller(of: [first.address, second.address])
        #expect(await code { try await caller.call(Echo.once, .init(text: "")) } == .overloaded)
        #expect(begun.value == 1)
        for node in [caller, first.node, second.node] { await node.shutDown() }
    }
}
