// How much of a topic its publisher keeps.
//
//   pruned | ……… held back for a consumer that lags ……… | kept for anybody ……… head
//
// What is beyond `events` or older than `age` may go, unless a named consumer has not acknowledged it yet. Such a consumer holds the log
// back, but not for ever: beyond `consumerEvents` or `consumerAge` the log goes on without it, and it is told (`gone`) when it returns.

/// How much of each topic is kept, in events and in time.
public struct Retention: Sendable, Equatable {
    /// Of each topic, for whoever comes.
    public var events = 100_000
    /// Older events may go, though they are fewer than `events`.
    public var age = Duration.seconds(7 * 86_400)
    /// For a named consumer that lags.
    public var consumerEvents = 1_000_000
    /// A consumer that lags longer holds nothing back any more.
    public var consumerAge = Duration.seconds(30 * 86_400)

    /// A week or 100,000 events; for a consumer that lags, 30 days or 1,000,000.
    public init() {}

    /// The first offset to keep. `younger` and `consumerYounger` are the first offsets within the two ages.
    func firstToKeep(of head: TopicHead, younger: UInt64, consumerYounger: UInt64, slowest: UInt64?) -> UInt64 {
        let anybody = max(first(of: events, to: head.head), younger)
        guard let slowest else { return anybody }
        let held = max(first(of: consumerEvents, to: head.head), consumerYounger)
        return min(anybody, max(held, slowest + 1))
    }

    /// Where the last `count` events begin.
    private func first(of count: Int, to head: UInt64) -> UInt64 {
        let count = UInt64(max(0, count))
        return head >= count ? head - count + 1 : 1
    }
}

/// Prunes a log as its retention says.
struct Pruning {
    let log: any EventLog
    let register: any ConsumerRegister
    let retention: Retention
    /// So many events at a time: the writes of the service wait in between, not behind.
    private let portion = 1_000

    init(_ log: any EventLog, _ register: any ConsumerRegister, _ retention: Retention) {
        self.log = log
        self.register = register
        self.retention = retention
    }

    /// Forgets what is due.
    func run(at now: Deadline = .now) async throws {
        for head in try await log.heads() {
            let horizon = try await horizon(of: head, now)
            // Where nothing is due nothing is written. Where something is, each portion is decided again: consumers come, and go back.
            guard horizon(try await register.positions().filter { $0.topic == head.topic }) > head.tail else {
                continue
            }
            while try await register.prune(head.topic, limit: portion, before: horizon) == portion {}
        }
    }

    private func horizon(of head: TopicHead, _ now: Deadline) async throws -> ConsumerRegister.Horizon {
        let younger = try await register.firstOffset(of: head.topic, since: now.before(retention.age))
        let consumerYounger = try await register.firstOffset(of: head.topic, since: now.before(retention.consumerAge))
        return { [retention] positions in
            retention.firstToKeep(
                of: head,
                younger: younger,
                consumerYounger: consumerYounger,
                // Who has not been here since the topic began again has had nothing of it yet.
                slowest: positions.map { $0.epoch == head.epoch ? $0.acknowledged : 0 }.min()
            )
        }
    }
}

extension Deadline {
    /// So long before; never before 1970.
    fileprivate func before(_ duration: Duration) -> Deadline {
        let microseconds = duration.wholeMicroseconds
        return Deadline(microseconds: self.microseconds > microseconds ? self.microseconds - microseconds : 0)
    }
}
