// What every service answers besides its own operations.

/// What every service answers besides its own operations. All are for peers; the topology grants them.
public enum BusOperations {
    /// Answers in one turn of the loop, unless the service has `vitals` to make.
    public static let ping = Operation<Empty, Pong>(
        "bus.ping",
        "Is the service there?",
        access: .peer,
        isIdempotent: true
    )
    /// What the gateway builds routes, checks and OpenAPI from.
    public static let info = Operation<Empty, ServiceInfo>(
        "bus.info",
        "The service's operations and topics, as data",
        access: .peer,
        isIdempotent: true
    )
    /// The same with an answer that is there already.
    static let writtenInfo = Operation<Empty, RawPayload>(info.name, info.summary, access: .peer, isIdempotent: true)
    /// Counted since the service started; see `ServiceStats`.
    public static let stats = Operation<Empty, ServiceStats>(
        "bus.stats",
        "Latencies, errors, topics, links",
        access: .peer,
        isIdempotent: true
    )
    /// What the service remembers of a request, or of those that were slow or failed. It names operations, peers and times, and nothing that
    /// was in them.
    public static let spans = Operation<SpanQuery, SpanPage>(
        "bus.spans",
        "What is remembered of a trace, or of what was slow or failed",
        access: .peer,
        isIdempotent: true
    )
    /// The answer is binary; see `ReplayPage`.
    static let replay = Operation<ReplayRequest, RawPayload>(
        "bus.replay",
        "A range of a topic's events",
        access: .peer,
        isIdempotent: true
    )
    /// A named consumer says who it is, and where it stands.
    static let join = Operation<JoinRequest, ConsumerStanding>(
        "bus.consumers.join",
        "Follow a topic under a name",
        access: .peer,
        isIdempotent: true
    )
    static let acknowledge = Operation<AcknowledgeRequest, ConsumerStanding>(
        "bus.consumers.acknowledge",
        "Say how far a consumer has come",
        access: .peer,
        isIdempotent: true
    )
    /// For consumers that will not come back: they hold the log back no more.
    public static let removeConsumer = Operation<ConsumerReference, ConsumersRemoved>(
        "bus.consumers.remove",
        "Forget a consumer",
        access: .peer,
        isIdempotent: true
    )
}

/// A sign of life.
public struct Pong: Codable, Sendable, Equatable {
    /// The name that the service answers to.
    public let service: String
    /// Which life of the service: another number means that it was restarted.
    public let epoch: UInt64
    /// Absent for a service that has nothing to say of itself.
    public var vitals: Vitals?
}

/// What a service can be asked, and what it publishes.
public struct ServiceInfo: Codable, Sendable, Equatable {
    /// The name that the service answers to.
    public let service: String
    /// Which life of the service: another number means that it was restarted.
    public let epoch: UInt64
    /// The version of the envelope that it speaks (docs/wire.md).
    public let wireVersion: Int
    /// Without those that every service answers.
    public let operations: [OperationDescription]
    /// As `Node.serve` was given them.
    public let topics: [TopicDescription]
}
