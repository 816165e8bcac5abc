// Live events: one process commits batches as fast as its loop sends them, another follows and counts what it is given, in order.

import Bus

enum EventBench {
    /// Events of one announcement, as a group commit makes them.
    private static let batch = 64

    static func publish(in directory: String, topics: Int) async throws {
        let log = SyntheticLog(topic: Bench.topic.name, others: topics - 1)
        let node = try Bench.node("bench", in: directory)
        try await node.serve(Handlers(), log: log, at: Bench.address(in: directory))
        Bench.say("ready")
        while true {
            for _ in 0..<16 { log.commit(batch) }
            // A disk would hold us back; here only the loop does, by this question about what it has sent.
            while await published(by: node) < log.head { await Task.yield() }
        }
    }

    private static func published(by node: Node) async -> UInt64 {
        await node.stats().topics.first { $0.topic == Bench.topic.name }?.published ?? 0
    }

    static func subscribe(in directory: String, for length: Duration) async throws {
        let node = try Bench.node("follower", in: directory)
        let subscription = try await node.subscribe(Bench.topic, from: .live)
        _ = try await subscription.next()
        let start = ContinuousClock.now + Bench.warmUp
        let count = try await count(subscription, on: node, from: start, until: start + length)
        let gaps = await subscription.stats.first?.gapsFound ?? 0
        Bench.say("{\"perSecond\": \(Int(Double(count) / length.inSeconds)), \"gaps\": \(gaps)}")
        await node.shutDown()
    }

    private static func count(
        _ subscription: Subscription,
        on node: Node,
        from start: ContinuousClock.Instant,
        until end: ContinuousClock.Instant
    ) async throws -> Int {
        let counting = Task(executorPreference: node.executor) {
            var count = 0
            while let events = try await subscription.next(limit: 1_024) {
                let now = ContinuousClock.now
                if now >= end { break }
                if now >= start { count += events.count }
            }
            return count
        }
        return try await counting.value
    }
}
