// Replay: a service's outbox on disk, read by a subscriber in another process.

import Bus
import Storage

enum ReplayBench {
    static func fill(_ path: String, events: Int) async throws {
        let database = try DurableStore(.file(path), topics: [Bench.topic.name])
        for start in stride(from: 0, to: events, by: 10_000) {
            let count = min(10_000, events - start)
            try await database.write { transaction in
                for _ in 0..<count { try transaction.publish(Bench.topic, key: "key", .sample) }
            }
        }
        await database.close()
    }

    static func serve(_ path: String, in directory: String) async throws {
        let database = try DurableStore(.file(path), topics: [Bench.topic.name])
        let node = try Bench.node("bench", in: directory)
        try await node.serve(Handlers(), log: database.outbox, at: Bench.address(in: directory))
        try await Bench.stay()
    }

    /// The newest so many.
    static func replay(in directory: String, events: Int) async throws {
        let node = try Bench.node("follower", in: directory)
        // The connection stands before the clock runs.
        let head = try await node.head(of: Bench.topic).head
        let start = ContinuousClock.now
        let first = head - min(head, UInt64(events)) + 1
        let subscription = try await node.subscribe(Bench.topic, from: .offset(first))
        let reading = Task(executorPreference: node.executor) {
            var count = 0
            while count < events, let some = try await subscription.next(limit: 1_024) { count += some.count }
            return count
        }
        let count = try await reading.value
        Bench.say("{\"perSecond\": \(Int(Double(count) / start.duration(to: .now).inSeconds)), \"events\": \(count)}")
        await node.shutDown()
    }
}
