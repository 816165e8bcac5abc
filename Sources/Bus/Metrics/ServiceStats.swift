// What `stats` answers: enough to see what is slow or sick without another tool. Counted on the loop, read by a built-in call.

/// One operation since the service started. Times in microseconds.
public struct OperationStats: Codable, Sendable, Equatable {
    /// Its name: `kms.login`.
    public var operation: String
    /// Calls that have ended, the failed ones too.
    public var count: UInt64
    /// By error code.
    public var errors: [String: UInt64]
    /// Half of the calls took no longer, from their arrival to their end.
    public var p50: UInt64
    /// 99 of 100 calls took no longer.
    public var p99: UInt64
    /// 999 of 1000 calls took no longer.
    public var p999: UInt64
    /// The longest of all.
    public var max: UInt64
    /// From the arrival of a call to the start of its handler.
    public var queueP99: UInt64
}

/// One topic that the service publishes.
public struct TopicStats: Codable, Sendable, Equatable {
    /// Its name: `sequence.changed`.
    public var topic: String
    /// Which life of the topic's log.
    public var epoch: UInt64
    /// The offset of the newest event; 0 where there is none.
    public var head: UInt64
    /// Events since the service started.
    public var published: UInt64
    /// Who follows by name; `nil` where the service keeps no consumers.
    public var consumers: [ConsumerStats]?
}

/// One named consumer of a topic, as the publisher knows it.
public struct ConsumerStats: Codable, Sendable, Equatable {
    /// The name that it joined under.
    public var consumer: String
    /// The peer that made it; absent of one that nobody has spoken for since owners are kept.
    public var owner: String?
    /// Every event up to this offset has had its effect.
    public var acknowledged: UInt64
    /// Events behind `acknowledged`; all of them where it stands in another epoch.
    public var lagEvents: UInt64
    /// How old the oldest event is that it has not acknowledged; 0 where there is none.
    public var lagSeconds: Double
    /// Its next event has been pruned: it will be told so when it asks.
    public var isGone: Bool
    /// Holes in what reached it live, since it started.
    public var gapsFound: UInt64
    /// Of those, how many it has read from the log.
    public var gapsFilled: UInt64
    /// Gaps found and not yet filled; 0 when all is well.
    public var gapsUnfilled: UInt64

    init(_ position: ConsumerPosition, _ head: TopicHead, oldest: Deadline?, _ now: Deadline) {
        consumer = position.consumer
        owner = position.owner
        acknowledged = position.epoch == head.epoch ? position.acknowledged : 0
        lagEvents = head.head - min(head.head, acknowledged)
        let age = oldest.map { now.microseconds - min($0.microseconds, now.microseconds) } ?? 0
        lagSeconds = Double(age) / 1_000_000
        isGone = acknowledged + 1 < head.tail
        (gapsFound, gapsFilled) = (position.gapsFound, position.gapsFilled)
        gapsUnfilled = gapsFound - min(gapsFound, gapsFilled)
    }
}

/// One link that the service holds to another.
public struct LinkStats: Codable, Sendable, Equatable {
    /// The service at the other end.
    public var service: String
    /// Of the replica that it is connected to.
    public var endpoint: String
    /// Whether calls can go out now.
    public var isReady: Bool
    /// Calls that have gone out and are not answered.
    public var outstanding: Int
    /// How often a link that was up has been lost.
    public var reconnects: Int
    /// How often the other side would not let us in: a wrong key, or none.
    public var rejectedHandshakes: Int
    /// How far the other's clock is ahead of ours; absent where it does not tell its time.
    public var clockOffsetSeconds: Double?
}

/// One socket that the service listens on.
public struct ListenerStats: Codable, Sendable, Equatable {
    /// As bound: where the kernel chose a port, that port.
    public var endpoint: String
    /// Whether connections have to prove who they are (CURVE).
    public var isSecured: Bool
    /// Connections that were not let in: another key, no key, another protocol, silence.
    public var rejectedHandshakes: Int
    /// Subscriptions that were not granted.
    public var refusedSubscriptions: Int
    /// Connections that were ended because they had too much under way.
    public var endedConnections: Int?
    /// Frames that were dropped unread: batches larger than they may be.
    public var refusedFrames: Int?
}

/// One subscription that the service holds.
public struct SubscriptionStats: Codable, Sendable, Equatable {
    /// Its name, one entry a topic.
    public var topic: String
    /// The offset that will be delivered next.
    public var next: UInt64
    /// The newest offset that the publisher has told of.
    public var head: UInt64
    /// Holes in what arrived live.
    public var gapsFound: UInt64
    /// Of those, how many were read from the log.
    public var gapsFilled: UInt64
    /// Gaps found and not yet filled; 0 when all is well.
    public var gapsUnfilled: UInt64

    init(topic: String, _ tail: TopicTail) {
        self.topic = topic
        (next, head) = (tail.next, tail.head)
        (gapsFound, gapsFilled) = (tail.gapsFound, tail.gapsFilled)
        gapsUnfilled = gapsFound - min(gapsFound, gapsFilled)
    }
}

/// What `bus.stats` answers: one process of one service, since it started.
public struct ServiceStats: Codable, Sendable, Equatable {
    /// The service's name on the bus.
    public var service: String
    /// Since the node began.
    public var uptimeSeconds: Double
    /// Calls in hand, of all callers together.
    public var outstanding: Int
    /// How many callers it knows now.
    public var callers: Int
    /// By name; those that have not been called are left out.
    public var operations: [OperationStats]
    /// One entry a topic that it publishes.
    public var topics: [TopicStats]
    /// One entry a replica that it calls.
    public var links: [LinkStats]
    /// One entry a topic that it follows.
    public var subscriptions: [SubscriptionStats]
    /// One entry a socket.
    public var listeners: [ListenerStats]
    /// Absent for a service that has nothing to say of itself.
    public var vitals: Vitals?
}

/// The running count behind an `OperationStats`.
struct OperationMeter {
    private(set) var count: UInt64 = 0
    private var errors: [String: UInt64] = [:]
    private var durations = Histogram()
    private var waits = Histogram()

    /// From a call's arrival to its end, and to the beginning of its handler.
    mutating func record(nanoseconds: UInt64, wait: UInt64, error: ErrorCode?) {
        count += 1
        durations.record(nanoseconds / 1_000)
        waits.record(wait / 1_000)
        if let error { errors[error.name, default: 0] += 1 }
    }

    func stats(_ operation: String) -> OperationStats {
        OperationStats(
            operation: operation,
            count: count,
            errors: errors,
            p50: durations.quantile(0.5),
            p99: durations.quantile(0.99),
            p999: durations.quantile(0.999),
            max: durations.max,
            queueP99: waits.quantile(0.99)
        )
    }
}
