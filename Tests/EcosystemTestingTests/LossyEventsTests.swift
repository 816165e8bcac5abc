// Events over a wire that loses, doubles and mixes them: the consumer applies each once, in order.

import Bus
import EcosystemTesting
import Testing

@Suite(.timeLimit(.minutes(2))) struct LossyEventsTests {
    static let count = 10_000

    /// What a consumer has applied: its events in the order in which they came, and by key.
    struct Applied {
        var offsets: [UInt64] = []
        var byKey: [String: [UInt64]] = [:]

        mutating func apply(_ event: Event) {
            offsets.append(event.offset)
            byKey[event.key, default: []].append(event.offset)
        }
    }

    func follow(_ subscription: Subscription) async throws -> Applied {
        var applied = Applied()
        while applied.offsets.last != UInt64(Self.count), let events = try await subscription.next() {
            for event in events { applied.apply(event) }
            await subscription.acknowledge(events[events.count - 1])
        }
        return applied
    }

    /// Not faster than the subscriber can hear: after each few a call goes there and back.
    func publish(to log: MemoryEventLog, beside node: Node) async throws {
        for number in 1...Self.count {
            log.append(Speech.said.name, key: "key-\(number % 7)", payload: Array(#"{"text":"\#(number)"}"#.utf8))
            guard number.isMultiple(of: 50) else { continue }
            while (try? await node.call(Speech.say, Speech.Text(text: "heard?"))) == nil {
                try Task.checkCancellation()
            }
        }
    }

    @Test(arguments: Transport.allCases, [1, 2] as [UInt64])
    func `ten thousand events, a tenth dropped, a tenth doubled, a tenth mixed, are applied once each, in order`(
        transport: Transport,
        seed: UInt64
    ) async throws {
        let faults = Faults(drop: 0.1, duplicate: 0.1, reorder: 0.1)
        let stage = try await Stage(transport, FaultPlan(seed: seed, events: faults))
        let log = MemoryEventLog(topics: [Speech.said.name])
        let service = try await stage.serve(log)
        let subscriber = try stage.node("subscriber")
        let subscription = try await subscriber.subscribe(Speech.said, as: "reader", from: .acknowledged)
        async let following = follow(subscription)
        // Heads come to who has subscribed: from here on events are live.
        while await subscription.stats.first?.head == nil {
            try Task.checkCancellation()
            await Task.yield()
        }
        try await publish(to: log, beside: subscriber)
        let applied = try await following
        #expect(applied.offsets == Array(1...UInt64(Self.count)))
        #expect(applied.byKey.count == 7)
        #expect(applied.byKey.values.allSatisfy { $0 == $0.sorted() })

        let counts = await stage.wire.events
        for faulty in [counts.dropped, counts.duplicated, counts.reordered] { #expect(faulty > 700, "\(counts)") }
        let stats = try #require(await subscription.stats.first)
        #expect(stats.gapsFound > 0 && stats.gapsUnfilled == 0, "\(stats)")
        await subscriber.shutDown()
        #expect(log.positions().map(\.acknowledged) == [UInt64(Self.count)])
        await service.shutDown()
        await stage.wire.close()
    }
}
