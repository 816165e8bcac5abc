// Live events: one process commits batches, another follows and counts what it is given, in order.
//
// The raw peer's publisher waits where a queue is full. Ours never does (what does not fit is dropped and read from the log), so here the
// follower says now and then how far it is, and the publisher commits no more than a window ahead of that: as with the raw peer, all that
// is counted has come live. Its word is one call for some ten thousand events.

import Bus
import Storage

enum EventBench {
    /// Events of one announcement, as a group commit makes them.
    private static let batch = 64
    /// As many as the raw peer's queue takes.
    private static let window: UInt64 = 65_536
    private static let follow = Operation<UInt64, Empty>("bench.follow", "I am here", access: .peer, isIdempotent: true)

    static func publish(in directory: String, topics: Int) async throws {
        let log = SyntheticLog(topic: Bench.topic.name, others: topics - 1)
        try await serve(log, in: directory) { log.commit(batch) }
    }

    /// The same from an outbox on disk.
    static func commit(to path: String, in directory: String) async throws {
        let database = try DurableStore(.file(path), topics: [Bench.topic.name])
        try await serve(database.outbox, in: directory) {
            try await database.write { transaction in
                for _ in 0..<batch { try transaction.publish(Bench.topic, key: "key", .sample) }
            }
        }
    }

    private static func serve(
        _ log: any EventLog,
        in directory: String,
        commit: @escaping @Sendable () async throws -> Void
    ) async throws {
        let credit = Credit()
        var handlers = Handlers()
        handlers.on(follow) { offset, _ in
            await credit.extend(to: offset + window)
            return Empty()
        }
        let node = try Bench.node("bench", in: directory)
        try await node.serve(handlers, log: log, at: Bench.address(in: directory))
        Bench.say("ready")
        try await Task(executorPreference: node.executor) {
            var head = try await log.heads().first { $0.topic == Bench.topic.name }?.head ?? 0
            while true {
                await credit.reach(head + UInt64(batch))
                try await commit()
                head += UInt64(batch)
                // Sent by the loop, which this runs on, before the next ones are made.
                if head.isMultiple(of: 16 * UInt64(batch)) { await Task.yield() }
            }
        }.value
    }

    static func subscribe(in directory: String, for length: Duration) async throws {
        let node = try Bench.node("follower", in: directory)
        let head = try await node.head(of: Bench.topic).head
        let subscription = try await node.subscribe(Bench.topic, from: .offset(head + 1))
        _ = try await node.call(follow, head)
        _ = try await subscription.next()
        let start = ContinuousClock.now + Bench.warmUp
        let count = try await count(subscription, on: node, from: start, until: start + length)
        let stats = await subscription.stats.first
        let rate = Int(Double(count) / length.inSeconds)
        let (gaps, last) = (stats?.gapsFound ?? 0, stats.map { $0.next - 1 } ?? head)
        Bench.say("{\"perSecond\": \(rate), \"gaps\": \(gaps), \"first\": \(head + 1), \"last\": \(last)}")
        await node.shutDown()
    }

    private static func count(
        _ subscription: Subscription,
        on node: Node,
        from start: ContinuousClock.Instant,
        until end: ContinuousClock.Instant
    ) async throws -> Int {
        let counting = Task(executorPreference: node.executor) {
            var (count, told) = (0, UInt64(0))
            while let events = try await subscription.next(limit: 1_024), let last = events.last {
                let now = ContinuousClock.now
                if now >= end { break }
                if now >= start { count += events.count }
                guard last.offset > told + window / 8 else { continue }
                told = last.offset
                Task { _ = try await node.call(follow, last.offset) }
            }
            return count
        }
        return try await counting.value
    }
}

/// How far the publisher may go; it waits here for more.
private actor Credit {
    private var limit: UInt64 = 0
    private var waiter: CheckedContinuation<Void, Never>?

    func extend(to offset: UInt64) {
        limit = max(limit, offset)
        waiter?.resume()
        waiter = nil
    }

    func reach(_ offset: UInt64) async {
        while offset > limit { await withCheckedContinuation { waiter = $0 } }
    }
}
