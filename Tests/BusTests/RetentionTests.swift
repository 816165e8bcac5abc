// What goes from a topic's log and what stays: for anybody, and for named consumers that lag.

import Testing

@testable import Bus

@Suite struct RetentionTests {
    /// A topic with 1,000 events; 100 for anybody, 500 for named consumers.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var younger: UInt64 = 1
        var consumerYounger: UInt64 = 1
        var slowest: UInt64?
        let first: UInt64
    }

    static var retention: Retention {
        var retention = Retention()
        (retention.events, retention.consumerEvents) = (100, 500)
        return retention
    }

    @Test(arguments: [
        Case(testDescription: "nobody follows: by count", first: 901),
        Case(testDescription: "nobody follows: by age, where that is sooner", younger: 990, first: 990),
        Case(testDescription: "a consumer that has all holds nothing back", slowest: 1_000, first: 901),
        Case(testDescription: "a consumer that lags holds back what it needs", slowest: 700, first: 701),
        Case(testDescription: "also against age", younger: 990, slowest: 700, first: 701),
        Case(testDescription: "but not beyond its own count", slowest: 20, first: 501),
        Case(testDescription: "nor beyond its own age", consumerYounger: 800, slowest: 20, first: 800),
        Case(
            testDescription: "and never more goes than goes for anybody",
            consumerYounger: 980,
            slowest: 20,
            first: 901
        ),
    ])
    func `what goes is what nobody is promised any more`(_ each: Case) {
        let head = TopicHead(topic: "t", epoch: 1, head: 1_000, tail: 1)
        let first = Self.retention.firstToKeep(
            of: head,
            younger: each.younger,
            consumerYounger: each.consumerYounger,
            slowest: each.slowest
        )
        #expect(first == each.first)
    }

    @Test func `a log is pruned in portions, up to the slowest consumer`() async throws {
        let log = try Self.log(followedBy: 4_600)
        try await Pruning(log, log, Self.retention).run()
        #expect(log.heads().first { $0.topic == "t" } == TopicHead(topic: "t", epoch: 1, head: 5_000, tail: 4_601))
        #expect(log.read(topic: "t", from: 1, limit: 2).map(\.offset) == [4_601, 4_602])
        #expect(log.append("t", key: "", payload: []).offset == 5_001)
        // So much later that age takes all that nobody holds.
        #expect(log.remove("slow", of: nil) == 1)
        try await Pruning(log, log, Self.retention).run(at: .after(.seconds(8 * 86_400)))
        #expect(log.heads().first { $0.topic == "t" }?.tail == 5_002)
        #expect(log.append("t", key: "", payload: []).offset == 5_002)
    }

    @Test func `a consumer that goes back while a log is pruned finds what it goes back to`() async throws {
        let log = try Self.log(followedBy: 4_900)
        try await Pruning(log, Returning(log: log), Self.retention).run()
        #expect(log.heads().first { $0.topic == "t" }?.tail == 4_601)
    }

    /// As soon as somebody has looked where it stands, the consumer goes back.
    private struct Returning: ConsumerRegister {
        let log: MemoryEventLog

        func positions() throws -> [ConsumerPosition] {
            defer {
                _ = try? log.update("slow", of: "t") { _, _ in
                    ConsumerPosition(consumer: "slow", topic: "t", epoch: 1, acknowledged: 4_600)
                }
            }
            return log.positions()
        }

        func update(_ consumer: String, of topic: String, _ decide: @escaping Decision) throws -> ConsumerPosition {
            try log.update(consumer, of: topic, decide)
        }
        func remove(_ consumer: String, of topic: String?, _ check: (ConsumerPosition) throws -> Void) throws -> Int {
            try log.remove(consumer, of: topic, check)
        }
        func firstOffset(of topic: String, since time: Deadline) -> UInt64 { log.firstOffset(of: topic, since: time) }
        func prune(_ topic: String, before offset: UInt64, limit: Int) -> Int {
            log.prune(topic, before: offset, limit: limit)
        }
        func prune(_ topic: String, limit: Int, before horizon: @escaping Horizon) -> Int {
            log.prune(topic, limit: limit, before: horizon)
        }
    }

    @Test func `a consumer that has not been here since the topic began again holds all of it`() async throws {
        let log = try Self.log(followedBy: 4_600)
        _ = try log.update("away", of: "t") { _, _ in
            ConsumerPosition(consumer: "away", topic: "t", epoch: 9, acknowledged: 4_900)
        }
        try await Pruning(log, log, Self.retention).run()
        #expect(log.heads().first { $0.topic == "t" }?.tail == 4_501, "but not beyond what is kept for one that lags")
    }

    /// 5,000 events, and a consumer that has come so far.
    private static func log(followedBy acknowledged: UInt64) throws -> MemoryEventLog {
        let log = MemoryEventLog(topics: ["t", "quiet"], epoch: 1)
        for _ in 0..<5_000 { log.append("t", key: "", payload: []) }
        _ = try log.update("slow", of: "t") { _, _ in
            ConsumerPosition(consumer: "slow", topic: "t", epoch: 1, acknowledged: acknowledged)
        }
        return log
    }
}
