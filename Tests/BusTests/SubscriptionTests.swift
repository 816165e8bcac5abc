// Following a topic from node to node: the past, then what comes, across restarts of the publisher and to the subscription's end.

import Testing

@testable import Bus

@Suite(.timeLimit(.minutes(1))) struct SubscriptionTests {
    let bus: TestBus

    init() throws { bus = try TestBus() }

    func offsets(_ count: Int, from subscription: Subscription) async throws -> [UInt64] {
        var offsets: [UInt64] = []
        while offsets.count < count, let events = try await subscription.next() { offsets += events.map(\.offset) }
        return offsets
    }

    @Test(arguments: Transport.allCases)
    func `a subscriber from the beginning gets the past and then what comes`(transport: Transport) async throws {
        let log = MemoryEventLog(topics: ["echo.said"])
        for number in 0..<500 {
            log.append("echo.said", key: "\(number)", payload: Array(#"{"text":"\#(number)"}"#.utf8))
        }
        let (service, address) = try await bus.echo(at: transport.freshAddress(), log: log)
        let subscriber = try bus.node("subscriber", ["echo": [address]])
        let subscription = try await subscriber.subscribe(Echo.said, from: .offset(1))
        #expect(try await offsets(500, from: subscription) == Array(1...500))
        for number in 500..<1_000 {
            log.append("echo.said", key: "\(number)", payload: Array(#"{"text":"\#(number)"}"#.utf8))
        }
        #expect(try await offsets(500, from: subscription) == Array(501...1_000))
        await subscriber.shutDown()
        await service.shutDown()
    }

    @Test func `a live subscriber gets only what comes after it`() async throws {
        let log = MemoryEventLog(topics: ["echo.said"])
        log.append("echo.said", key: "old", payload: [])
        let (service, address) = try await bus.echo(at: Transport.inproc.freshAddress(), log: log)
        let subscriber = try bus.node("subscriber", ["echo": [address]])
        let subscription = try await subscriber.subscribe(Echo.said, from: .live)
        async let first = subscription.next()
        // Where "live" is, is settled by the first `next`; keep publishing until it has seen one.
        let publishing = Task {
            while !Task.isCancelled {
                log.append("echo.said", key: "new", payload: [])
                // Not faster than the service: each turn waits for an answer of its.
                _ = try await subscriber.call(BusOperations.ping, Empty(), on: "echo")
            }
        }
        let events = try #require(try await first)
        publishing.cancel()
        #expect(events.allSatisfy { $0.key == "new" })
        await subscriber.shutDown()
        await service.shutDown()
    }

    @Test func `a subscriber that stood before its publisher waits for it`() async throws {
        let log = MemoryEventLog(topics: ["echo.said"])
        let address = Transport.inproc.freshAddress()
        let subscriber = try bus.node("subscriber", ["echo": [address]])
        let subscription = try await subscriber.subscribe(Echo.said, from: .offset(1))
        async let got = offsets(3, from: subscription)
        let (service, _) = try await bus.echo(at: address, log: log)
        for _ in 0..<3 { log.append("echo.said", key: "", payload: []) }
        #expect(try await got == [1, 2, 3])
        await subscriber.shutDown()
        await service.shutDown()
    }

    @Test(arguments: Transport.allCases)
    func `a publisher that restarts with the same log is followed without loss`(transport: Transport) async throws {
        let log = MemoryEventLog(topics: ["echo.said"])
        let (first, address) = try await bus.echo(at: transport.freshAddress(), log: log)
        let subscriber = try bus.node("subscriber", ["echo": [address]])
        let subscription = try await subscriber.subscribe(Echo.said, from: .offset(1))
        for _ in 0..<10 { log.append("echo.said", key: "", payload: []) }
        #expect(try await offsets(10, from: subscription) == Array(1...10))
        await first.shutDown()
        for _ in 0..<10 { log.append("echo.said", key: "", payload: []) }
        let (second, _) = try await bus.echo(at: address, log: log)
        for _ in 0..<10 { log.append("echo.said", key: "", payload: []) }
        #expect(try await offsets(20, from: subscription) == Array(11...30))
        #expect(await subscription.stats.allSatisfy { $0.gapsUnfilled == 0 })
        await subscriber.shutDown()
        await second.shutDown()
    }

    @Test func `all topics with a prefix come through one subscription, each in order`() async throws {
        let log = MemoryEventLog(topics: ["echo.said", "echo.heard", "other.said"])
        let (service, address) = try await bus.echo(at: Transport.inproc.freshAddress(), log: log)
        let subscriber = try bus.node("subscriber", ["echo": [address]])
        let subscription = try await subscriber.subscribe("echo.*", publisher: "echo", from: .offset(1))
        for _ in 0..<50 {
            for topic in ["echo.said", "echo.heard", "other.said"] { log.append(topic, key: "", payload: []) }
        }
        var seen: [String: [UInt64]] = [:]
        while seen.values.reduce(0, { $0 + $1.count }) < 100, let events = try await subscription.next() {
            for event in events { seen[event.topic, default: []].append(event.offset) }
        }
        #expect(seen == ["echo.said": Array(1...50), "echo.heard": Array(1...50)])
        await subscriber.shutDown()
        await service.shutDown()
    }

    @Test func `a closed subscription ends its consumer`() async throws {
        let (service, address) = try await bus.echo(
            at: Transport.inproc.freshAddress(),
            log: MemoryEventLog(topics: ["echo.said"])
        )
        let subscriber = try bus.node("subscriber", ["echo": [address]])
        let subscription = try await subscriber.subscribe(Echo.said, from: .offset(1))
        async let ended = subscription.next()
        await subscriber.shutDown()
        #expect(try await ended == nil)
        await service.shutDown()
    }
}
