// An event as subscribers see it, and the log that keeps it.

/// One event of a durable topic.
public struct Event: Sendable, Equatable {
    /// The name of the topic; a subscription to a family of them gives out several.
    public let topic: String
    /// Which life of the topic: another epoch means another log that starts again at offset 1.
    public let epoch: UInt64
    /// The position in the topic, from 1, without holes.
    public let offset: UInt64
    /// Events of one key keep their order wherever they go.
    public let key: String
    /// When its transaction became durable, on the publisher's clock.
    public let committedAt: Deadline
    /// Of the call that caused it; `nil` where none did.
    public let trace: TraceContext?
    /// JSON.
    public let payload: [UInt8]

    /// For logs; subscribers get theirs from a `Subscription`.
    public init(
        topic: String,
        epoch: UInt64,
        offset: UInt64,
        key: String,
        committedAt: Deadline,
        trace: TraceContext?,
        payload: [UInt8]
    ) {
        self.topic = topic
        self.epoch = epoch
        self.offset = offset
        self.key = key
        self.committedAt = committedAt
        self.trace = trace
        self.payload = payload
    }

    /// Reads the payload as the topic declares it.
    public func decode<Payload>(_ topic: Topic<Payload>) throws -> Payload {
        try PayloadCoding.decode(Payload.self, from: payload[...])
    }
}

/// Where a topic stands.
public struct TopicHead: Sendable, Equatable, Codable {
    /// The name of the topic.
    public let topic: String
    /// Which life of the topic: another one means another log.
    public let epoch: UInt64
    /// The offset of the newest event; 0 where there is none.
    public let head: UInt64
    /// The offset of the oldest event that is kept; `head + 1` where none is.
    public let tail: UInt64

    /// For logs, which alone know where their topics stand.
    public init(topic: String, epoch: UInt64, head: UInt64, tail: UInt64) {
        self.topic = topic
        self.epoch = epoch
        self.head = head
        self.tail = tail
    }
}

/// The publisher's durable record of its topics; `Storage` has the one on SQLite.
public protocol EventLog: Sendable {
    /// Every topic of this log and where it stands.
    func heads() async throws -> [TopicHead]
    /// Events of a topic from an offset on, in order, at most `limit`.
    func read(topic: String, from offset: UInt64, limit: Int) async throws -> [Event]
    /// One look at a topic: where it stands, and its events from an offset on, in order and without holes, at most `limit`, of at most
    /// `bytes` together, but at least one where there is one. `nil` where there is no such topic.
    ///
    /// Made of `read` and `heads` where a log has nothing faster.
    func page(of topic: String, from offset: UInt64, limit: Int, bytes: Int) async throws -> ReplayPage?
    /// Calls `observer` after each commit, in the order of the commits, with the events that it made durable.
    func observe(_ observer: @escaping @Sendable ([Event]) -> Void)
    /// Whether other processes write to it as well: then `observe` tells of a part of it only, and where it stands has to be asked.
    var isShared: Bool { get }
    /// Who follows by name, kept beside the events; `nil` for a log that knows nobody and forgets nothing.
    var consumers: (any ConsumerRegister)? { get }
}

extension EventLog {
    /// A log that this process alone writes to.
    public var isShared: Bool { false }
    /// A log that knows nobody by name: nothing is held back for anybody.
    public var consumers: (any ConsumerRegister)? { nil }

    /// Reads by `read`, then asks `heads`: two looks, in an order in which pruning between them is noticed.
    public func page(of topic: String, from offset: UInt64, limit: Int, bytes: Int) async throws -> ReplayPage? {
        // Events first: what is pruned between the two looks shows in the tail, and is not passed over.
        let events = limit > 0 ? try await read(topic: topic, from: offset, limit: limit) : []
        guard let head = try await heads().first(where: { $0.topic == topic }) else { return nil }
        return ReplayPage(head: head, events: events, bytes: bytes)
    }
}
