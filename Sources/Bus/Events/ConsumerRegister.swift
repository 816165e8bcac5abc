// Who follows a topic by name, and how far: kept by the publisher beside its log, so that it can say who lags and prune without loss.
//
//   1 ……… acknowledged | next ……… head          lag = head − acknowledged
//
// The rules are here, once; a register (in memory, in SQLite) only keeps what they decide, one change at a time.

/// How far a named consumer has come in a topic.
public struct ConsumerPosition: Sendable, Equatable {
    /// The name that it joined under.
    public let consumer: String
    /// The topic that it follows; a consumer has a position in each.
    public let topic: String
    /// Of the log in which the offset counts.
    public let epoch: UInt64
    /// Every event up to this offset has had its effect; 0 where none has.
    public var acknowledged: UInt64
    /// What the consumer last said of the gaps that it has met since it started.
    public var gapsFound: UInt64
    /// Of those, how many it has read from the log meanwhile.
    public var gapsFilled: UInt64
    /// The peer that made it, and that alone moves it; `nil` in a register of a time before owners were kept.
    public var owner: String?

    /// For registers; the bus decides what they keep.
    public init(
        consumer: String,
        topic: String,
        epoch: UInt64,
        acknowledged: UInt64,
        gapsFound: UInt64 = 0,
        gapsFilled: UInt64 = 0,
        owner: String? = nil
    ) {
        self.consumer = consumer
        self.topic = topic
        self.epoch = epoch
        self.acknowledged = acknowledged
        self.gapsFound = gapsFound
        self.gapsFilled = gapsFilled
        self.owner = owner
    }
}

/// The publisher's durable record of its named consumers; `Storage` has the one on SQLite.
public protocol ConsumerRegister: Sendable {
    /// Decides from what is known of a consumer (`nil`: nothing) and where the topic stands.
    typealias Decision = @Sendable (ConsumerPosition?, TopicHead) throws -> ConsumerPosition
    /// Decides from the positions in a topic which of its events is the first to keep.
    typealias Horizon = @Sendable ([ConsumerPosition]) -> UInt64

    /// Every consumer of every topic, by topic and name.
    func positions() async throws -> [ConsumerPosition]
    /// Changes one position in one step; nothing else changes it meanwhile.
    ///
    /// - Throws: What `decide` throws; `Failure` with `not_found` for a topic that is not there.
    func update(_ consumer: String, of topic: String, _ decide: @escaping Decision) async throws -> ConsumerPosition
    /// Forgets a consumer, of one topic or of all, in one step. Returns how many positions there were.
    ///
    /// - Throws: What `check` throws of one of them; then none is forgotten.
    func remove(
        _ consumer: String,
        of topic: String?,
        _ check: @escaping @Sendable (ConsumerPosition) throws -> Void
    ) async throws -> Int

    /// The first offset of a topic whose event is not older than `time`; `head + 1` where all are.
    func firstOffset(of topic: String, since time: Deadline) async throws -> UInt64
    /// Forgets events before `offset`, at most `limit` of them. Returns how many.
    func prune(_ topic: String, before offset: UInt64, limit: Int) async throws -> Int
    /// The same before an offset that is decided in the same step: nobody joins or goes back meanwhile.
    func prune(_ topic: String, limit: Int, before horizon: @escaping Horizon) async throws -> Int
}

extension ConsumerRegister {
    /// In two steps, for a register that has no better way: a consumer that goes back between them may find events gone.
    public func prune(_ topic: String, limit: Int, before horizon: @escaping Horizon) async throws -> Int {
        let offset = horizon(try await positions().filter { $0.topic == topic })
        return try await prune(topic, before: offset, limit: limit)
    }
}

extension JoinRequest {
    /// Where the consumer stands from now on. With an offset it says so itself, also to go back; an offset of another epoch means that
    /// the topic has begun again since. Without one it goes on where it stopped, or with the oldest event that is kept.
    func position(known: ConsumerPosition?, _ head: TopicHead) throws -> ConsumerPosition {
        if offset == nil, let known, known.epoch == head.epoch { return known }
        let asked = epoch.map { $0 == head.epoch } ?? true ? offset : 0
        if let asked, asked > head.head { throw head.gone(asked == .max ? asked : asked + 1) }
        return ConsumerPosition(
            consumer: consumer,
            topic: topic,
            epoch: head.epoch,
            acknowledged: asked ?? head.tail - 1
        )
    }
}

extension AcknowledgeRequest {
    /// Forward only, and only in the epoch of the log: a late acknowledgement changes nothing. The first of a new epoch begins there.
    func position(known: ConsumerPosition?, _ head: TopicHead) throws -> ConsumerPosition {
        guard var position = known else {
            throw Failure(.notFound, "\"\(consumer)\" does not follow \"\(topic)\": join first.")
        }
        guard epoch == head.epoch else { return position }
        if position.epoch != epoch {
            position = ConsumerPosition(consumer: consumer, topic: topic, epoch: epoch, acknowledged: 0)
        }
        guard offset <= head.head else { throw Failure.invalid("offset", "must be at most \(head.head)") }
        position.acknowledged = max(position.acknowledged, offset)
        (position.gapsFound, position.gapsFilled) = (gapsFound, gapsFilled)
        return position
    }
}

extension TopicHead {
    /// The answer to who asks for a position outside of the log.
    func gone(_ offset: UInt64) -> Failure {
        let detail =
            offset < tail
            ? "Offset \(offset) of \"\(topic)\" has been pruned; what is kept begins at \(tail)."
            : "The log of \"\(topic)\" ends at \(head) and has no offset \(offset); was a backup restored?"
        return Failure(.gone, detail, firstOffset: tail)
    }
}
