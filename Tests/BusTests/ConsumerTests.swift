// Named consumers: what the publisher keeps of them, and what they are told.

import Testing

@testable import Bus

@Suite(.timeLimit(.minutes(1))) struct ConsumerTests {
    let bus: TestBus
    let log = MemoryEventLog(topics: ["echo.said"], epoch: 77)

    init() throws { bus = try TestBus() }

    func append(_ count: Int, topic: String = "echo.said") {
        for _ in 0..<count { log.append(topic, key: "", payload: []) }
    }

    func read(_ count: Int, from subscription: Subscription) async throws -> [Event] {
        var events: [Event] = []
        while events.count < count, let more = try await subscription.next(limit: count - events.count) {
            events += more
        }
        return events
    }

    /// A service with the log, and a subscriber of it.
    func pair(
        _ log: (any EventLog)? = nil,
        _ body: (_ service: Node, _ subscriber: Node) async throws -> Void
    ) async throws {
        let (service, address) = try await bus.echo(at: Transport.inproc.freshAddress(), log: log ?? self.log)
        let subscriber = try bus.node("subscriber", ["echo": [address]])
        try await body(service, subscriber)
        await subscriber.shutDown()
        await service.shutDown()
    }

    func stats(_ node: Node) async throws -> [ConsumerStats] {
        try await node.call(BusOperations.stats, Empty(), on: "echo").topics.first?.consumers ?? []
    }

    // MARK: The rules

    static let head = TopicHead(topic: "t", epoch: 77, head: 40, tail: 11)

    static func known(_ acknowledged: UInt64, epoch: UInt64 = 77) -> ConsumerPosition {
        ConsumerPosition(consumer: "c", topic: "t", epoch: epoch, acknowledged: acknowledged)
    }

    @Test(
        arguments: [
            // known, epoch and offset of the request, where it stands then; nil: gone
            (nil, nil, nil, 10), (known(20), nil, nil, 20), (known(20, epoch: 5), nil, nil, 10),
            (known(20), 77, 15, 15), (known(20), nil, 40, 40), (nil, 5, 30, 0), (known(20), 77, 41, nil),
            (nil, 77, 3, 3), (nil, nil, UInt64.max, nil),
        ] as [(ConsumerPosition?, UInt64?, UInt64?, UInt64?)]
    )
    func `who joins stands where it says, else where it stopped, else at the oldest event`(
        known: ConsumerPosition?,
        epoch: UInt64?,
        offset: UInt64?,
        expected: UInt64?
    ) {
        let request = JoinRequest(consumer: "c", topic: "t", epoch: epoch, offset: offset)
        #expect((try? request.position(known: known, Self.head))?.acknowledged == expected)
        if expected == nil {
            let failure = #expect(throws: Failure.self) { try request.position(known: known, Self.head) }
            #expect(failure?.code == .gone && failure?.firstOffset == 11)
        }
    }

    @Test(arguments: [(30, 77, 30), (10, 77, 20), (30, 5, 20)] as [(UInt64, UInt64, UInt64)])
    func `an acknowledgement moves forward, within the log's epoch`(offset: UInt64, epoch: UInt64, expected: UInt64)
        throws
    {
        let request = AcknowledgeRequest(
            consumer: "c",
            topic: "t",
            epoch: epoch,
            offset: offset,
            gapsFound: 0,
            gapsFilled: 0
        )
        #expect(try request.position(known: Self.known(20), Self.head).acknowledged == expected)
        #expect(throws: Failure.self) { try request.position(known: nil, Self.head) }
        let ofOldLog = try request.position(known: Self.known(20, epoch: 5), Self.head)
        #expect(ofOldLog.acknowledged == (epoch == 77 ? offset : 20))
    }

    @Test(arguments: ["", "with space", "ä", String(repeating: "x", count: 129)])
    func `a name is letters, digits, dots and dashes`(_ name: String) async throws {
        try await pair { _, subscriber in
            let subscription = try await subscriber.subscribe(Echo.said, as: name, from: .earliest)
            let failure = await #expect(throws: Failure.self) { try await subscription.next() }
            #expect(failure?.code == .invalidRequest)
        }
    }

    // MARK: Over the bus

    @Test func `a consumer without a checkpoint of its own goes on behind what it acknowledged`() async throws {
        append(10)
        try await pair { _, subscriber in
            let subscription = try await subscriber.subscribe(Echo.said, as: "reader", from: .acknowledged)
            let events = try await read(6, from: subscription)
            await subscription.acknowledge(events[3])
            await subscription.close()
            let next = try await subscriber.subscribe(Echo.said, as: "reader", from: .acknowledged)
            #expect(try await read(6, from: next).map(\.offset) == Array(5...10))
        }
        #expect(log.positions().map(\.acknowledged) == [4])
    }

    @Test func `a thousand acknowledgements within a heartbeat are one call`() async throws {
        append(1_000)
        // Who says nothing for so long is not to be forgotten, and its call with it.
        var patient = bus.configuration("echo")
        patient.liveness = .seconds(1_200)
        let service = try Node(patient, context: bus.context)
        let endpoint = Transport.inproc.freshAddress()
        let address = try await service.serve(TestBus.echoHandlers(), log: log, at: endpoint)
        var configuration = bus.configuration("subscriber", ["echo": [address]])
        // None comes in the time of this test: what is sent is sent at the end.
        configuration.heartbeat = .seconds(600)
        configuration.liveness = .seconds(1_200)
        let subscriber = try Node(configuration, context: bus.context)
        let subscription = try await subscriber.subscribe(Echo.said, as: "reader", from: .acknowledged)
        for event in try await read(1_000, from: subscription) { await subscription.acknowledge(event) }
        await subscription.close()
        let calls = await service.stats().operations.first { $0.operation == "bus.consumers.acknowledge" }
        #expect(calls?.count == 1)
        #expect(log.positions().map(\.acknowledged) == [1_000])
        await subscriber.shutDown()
        await service.shutDown()
    }

    @Test func `stats name each consumer with its lag in events and in seconds`() async throws {
        append(10)
        try await pair { _, subscriber in
            let subscription = try await subscriber.subscribe(Echo.said, as: "reader", from: .acknowledged)
            let events = try await read(4, from: subscription)
            var seen = try await stats(subscriber)
            #expect(seen.map(\.consumer) == ["reader"])
            #expect(seen.map(\.lagEvents) == [10])
            #expect((seen.first?.lagSeconds ?? 0) > 0)
            await subscription.acknowledge(events[3])
            while seen.first?.lagEvents != 6 {
                try Task.checkCancellation()
                seen = try await stats(subscriber)
            }
            let rest = try await read(6, from: subscription)
            await subscription.acknowledge(rest[5])
            while seen.first?.lagEvents != 0 {
                try Task.checkCancellation()
                seen = try await stats(subscriber)
            }
            #expect(seen.map(\.lagSeconds) == [0])
            #expect(seen.allSatisfy { $0.gapsUnfilled == 0 && !$0.isGone })
        }
    }

    @Test func `a consumer that was removed while it lives is there again with its next word`() async throws {
        append(10)
        try await pair { _, subscriber in
            let subscription = try await subscriber.subscribe(Echo.said, as: "reader", from: .acknowledged)
            let events = try await read(10, from: subscription)
            let reference = ConsumerReference(consumer: "reader")
            #expect(try await subscriber.call(BusOperations.removeConsumer, reference, on: "echo").removed == 1)
            #expect(try await subscriber.call(BusOperations.removeConsumer, reference, on: "echo").removed == 0)
            #expect(try await stats(subscriber).isEmpty)
            await subscription.acknowledge(events[9])
            while try await stats(subscriber).map(\.acknowledged) != [10] { try Task.checkCancellation() }
        }
    }

    @Test func `consumers of a prefix are kept topic by topic`() async throws {
        append(3)
        append(5, topic: "echo.heard")
        try await pair { _, subscriber in
            let subscription = try await subscriber.subscribe(
                "echo.*",
                publisher: "echo",
                as: "reader",
                from: .acknowledged
            )
            for event in try await read(8, from: subscription) { await subscription.acknowledge(event) }
        }
        #expect(log.positions().map(\.topic) == ["echo.heard", "echo.said"])
        #expect(log.positions().map(\.acknowledged) == [5, 3])
    }

    @Test func `a publisher that keeps no consumers is followed all the same`() async throws {
        append(5)
        try await pair(PlainLog(log: log)) { _, subscriber in
            let subscription = try await subscriber.subscribe(Echo.said, as: "reader", from: .acknowledged)
            let events = try await read(5, from: subscription)
            #expect(events.map(\.offset) == Array(1...5))
            await subscription.acknowledge(events[4])
        }
    }

    // MARK: What is gone

    @Test(arguments: ["reader", nil])
    func `who needs what was pruned is told where the log begins, and may go on there`(name: String?) async throws {
        append(10)
        _ = log.prune("echo.said", before: 8, limit: .max)
        try await pair { _, subscriber in
            let subscription = try await subscriber.subscribe(Echo.said, as: name, from: .offset(3))
            for _ in 0..<2 {
                let failure = await #expect(throws: Failure.self) { try await subscription.next() }
                #expect(failure?.code == .gone && failure?.firstOffset == 8)
            }
            if name != nil { #expect(try await stats(subscriber).map(\.isGone) == [true]) }
            await subscription.skip(to: 8)
            #expect(try await read(3, from: subscription).map(\.offset) == [8, 9, 10])
        }
    }

    @Test func `the earliest event is the oldest that is kept`() async throws {
        append(10)
        _ = log.prune("echo.said", before: 8, limit: .max)
        try await pair { _, subscriber in
            let subscription = try await subscriber.subscribe(Echo.said, from: .earliest)
            #expect(try await read(3, from: subscription).map(\.offset) == [8, 9, 10])
        }
    }

    @Test func `a log that went back behind a checkpoint says so`() async throws {
        append(10)
        try await pair { _, subscriber in
            let subscription = try await subscriber.subscribe(Echo.said, from: .checkpoint(epoch: 77, next: 50))
            let failure = await #expect(throws: Failure.self) { try await subscription.next() }
            #expect(failure?.code == .gone && failure?.firstOffset == 1)
        }
    }

    @Test func `a running service prunes by itself, and never what a consumer still needs`() async throws {
        append(1_000)
        let address = Transport.inproc.freshAddress()
        var configuration = bus.configuration("echo")
        configuration.retention.events = 100
        configuration.pruneInterval = .milliseconds(5)
        let service = try Node(configuration, context: bus.context)
        let subscriber = try bus.node("subscriber", ["echo": [address]])
        // It has been here before, else the log would be pruned before it comes.
        _ = try log.update("slow", of: "echo.said") { _, head in
            ConsumerPosition(consumer: "slow", topic: "echo.said", epoch: head.epoch, acknowledged: 0)
        }
        try await service.serve(Handlers(), log: log, at: address)
        let subscription = try await subscriber.subscribe(Echo.said, as: "slow", from: .acknowledged)
        await subscription.acknowledge(try await read(600, from: subscription)[599])
        while log.heads().first?.tail != 601 {
            try Task.checkCancellation()
            await Task.yield()
        }
        #expect(try await read(400, from: subscription).map(\.offset) == Array(601...1_000))
        #expect(log.remove("slow", of: nil) == 1)
        while log.heads().first?.tail != 901 {
            try Task.checkCancellation()
            await Task.yield()
        }
        await subscriber.shutDown()
        await service.shutDown()
    }
}

/// A log that keeps events and nothing else.
private struct PlainLog: WrappedLog {
    let log: MemoryEventLog
}
