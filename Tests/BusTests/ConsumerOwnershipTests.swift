// Whose a consumer is. The others here know the bus and mean ill: they use its own calls under another's name.

import Testing

@testable import Bus

@Suite(.timeLimit(.minutes(1))) struct ConsumerOwnershipTests {
    static let peers: [String: (call: [String], subscribe: [String])] = [
        "echo": ([], []), "index": ([], ["echo.*"]), "other": ([], ["echo.*"]),
        "operator": (["bus.consumers.remove"], ["echo.*"]),
    ]
    let log = MemoryEventLog(topics: ["echo.said"], epoch: 77)

    init() { for _ in 0..<10 { log.append("echo.said", key: "", payload: []) } }

    func owner(_ peer: String, of consumer: String, known: String? = nil) throws -> String {
        let position = ConsumerPosition(consumer: consumer, topic: "t", epoch: 1, acknowledged: 0, owner: known)
        let ownership = ConsumerOwnership(peer: peer) { ["index", "other"].contains($0) }
        return try ownership.owner(of: consumer, known: known == "nobody" ? nil : position)
    }

    @Test(
        arguments: [
            // who speaks, the name, its owner so far, its owner then; nil: forbidden
            ("other", "mine", nil, "other"), ("other", "mine", "other", "other"), ("other", "mine", "index", nil),
            ("index", "index", nil, "index"), ("other", "index", nil, nil), ("other", "index", "nobody", nil),
            ("other", "index.second", "nobody", nil), ("index", "index.second", "nobody", "index"),
            ("other", "index-2", "nobody", "other"), ("other", "index", "other", "other"),
        ] as [(String, String, String?, String?)]
    )
    func `a name is its first peer's, and a peer's name is that peer's`(
        peer: String,
        consumer: String,
        known: String?,
        expected: String?
    ) throws {
        guard let expected else {
            let failure = #expect(throws: Failure.self) { try owner(peer, of: consumer, known: known) }
            #expect(failure?.code == .forbidden)
            return
        }
        #expect(try owner(peer, of: consumer, known: known) == expected)
    }

    /// Everything that another peer could move `consumer` by.
    func attacks(on consumer: String, by peer: Node) async -> [ErrorCode?] {
        let join = JoinRequest(consumer: consumer, topic: "echo.said", epoch: 77, offset: 10)
        let acknowledge = AcknowledgeRequest(
            consumer: consumer,
            topic: "echo.said",
            epoch: 77,
            offset: 10,
            gapsFound: 0,
            gapsFilled: 0
        )
        let reference = ConsumerReference(consumer: consumer)
        return [
            await code { try await peer.call(BusOperations.join, join, on: "echo") },
            await code { try await peer.call(BusOperations.acknowledge, acknowledge, on: "echo") },
            await code { try await peer.call(BusOperations.removeConsumer, reference, on: "echo") },
        ]
    }

    func join(_ consumer: String, by peer: Node) async throws {
        let request = JoinRequest(consumer: consumer, topic: "echo.said", epoch: 77, offset: 3)
        _ = try await peer.call(BusOperations.join, request, on: "echo")
    }

    @Test func `over tcp nobody moves or forgets another's consumer, whatever it calls itself`() async throws {
        let bus = try await SecuredBus(Self.peers)
        let (service, address) = try await bus.echo(log: log)
        let index = try bus.node("index", ["echo": [address]])
        try await join("index", by: index)
        try await join("reader", by: index)
        let other = try bus.node("index", ["echo": [address]], keys: bus.keys["other"])
        for name in ["index", "reader"] {
            #expect(await attacks(on: name, by: other) == [.forbidden, .forbidden, .forbidden], "\(name)")
        }
        #expect(log.positions().map(\.acknowledged) == [3, 3])
        #expect(log.positions().map(\.owner) == ["index", "index"])
        for node in [index, other, service] { await node.shutDown() }
    }

    @Test func `an operator forgets by its grant, and moves nothing by it`() async throws {
        let bus = try await SecuredBus(Self.peers)
        let (service, address) = try await bus.echo(log: log)
        let index = try bus.node("index", ["echo": [address]])
        try await join("index", by: index)
        let op = try bus.node("operator", ["echo": [address]])
        #expect(await attacks(on: "index", by: op) == [.forbidden, .forbidden, nil])
        #expect(log.positions().isEmpty)
        // A name that is a peer's waits for that peer, also where it is free.
        #expect(await attacks(on: "index", by: op) == [.forbidden, .forbidden, nil])
        try await join("index", by: index)
        for node in [index, op, service] { await node.shutDown() }
    }

    @Test(arguments: [Transport.inproc, .ipc])
    func `where nobody proves who he is, a name is the peer's that uses it`(transport: Transport) async throws {
        let bus = try TestBus()
        let (service, address) = try await bus.echo(at: transport.freshAddress(), log: log)
        let (index, other) = (try bus.node("index", ["echo": [address]]), try bus.node("other", ["echo": [address]]))
        try await join("reader", by: index)
        #expect(await attacks(on: "reader", by: other) == [.forbidden, .forbidden, .forbidden])
        #expect(log.positions().map(\.acknowledged) == [3])
        let again = try bus.node("index", ["echo": [address]])
        #expect(await attacks(on: "reader", by: again) == [nil, nil, nil])
        for node in [index, other, again, service] { await node.shutDown() }
    }

    @Test func `of a register without owners the first that speaks is it`() async throws {
        let bus = try TestBus()
        _ = try log.update("reader", of: "echo.said") { _, head in
            ConsumerPosition(consumer: "reader", topic: "echo.said", epoch: head.epoch, acknowledged: 2)
        }
        let (service, address) = try await bus.echo(at: Transport.inproc.freshAddress(), log: log)
        let (index, other) = (try bus.node("index", ["echo": [address]]), try bus.node("other", ["echo": [address]]))
        try await join("reader", by: index)
        #expect(await attacks(on: "reader", by: other) == [.forbidden, .forbidden, .forbidden])
        for node in [index, other, service] { await node.shutDown() }
    }
}
