// What named consumers say to a publisher, and what it answers: the payloads of `bus.consumers.…`.

/// "I am here": from now on the publisher keeps what this consumer has not acknowledged.
struct JoinRequest: Codable, Sendable, Equatable {
    let consumer: String
    let topic: String
    /// Of the log in which `offset` counts; absent: of the present one.
    let epoch: UInt64?
    /// Where it stands by its own checkpoint; absent: where the publisher remembers it.
    let offset: UInt64?

    init(consumer: String, topic: String, epoch: UInt64? = nil, offset: UInt64? = nil) {
        self.consumer = consumer
        self.topic = topic
        self.epoch = epoch
        self.offset = offset
    }

    /// The same with a place that the consumer knows by itself.
    func standing(at offset: UInt64, _ epoch: UInt64?) -> JoinRequest {
        JoinRequest(consumer: consumer, topic: topic, epoch: epoch, offset: offset)
    }

    /// - Throws: `Failure` with `invalid_request` unless the name has 1 to 128 ASCII letters, digits, dots, dashes, underscores.
    func checkName() throws(Failure) {
        let isGood = consumer.unicodeScalars.allSatisfy { scalar in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", ".", "-", "_": true
            default: false
            }
        }
        guard isGood, (1...128).contains(consumer.utf8.count) else {
            throw .invalid("consumer", "must be 1 to 128 letters, digits, dots, dashes and underscores")
        }
    }
}

/// Where a consumer stands, and its topic with it.
struct ConsumerStanding: Codable, Sendable, Equatable {
    let epoch: UInt64
    let acknowledged: UInt64
    let head: UInt64
    let tail: UInt64
}

/// "Every event up to this one has had its effect."
struct AcknowledgeRequest: Codable, Sendable, Equatable {
    let consumer: String
    let topic: String
    let epoch: UInt64
    let offset: UInt64
    let gapsFound: UInt64
    let gapsFilled: UInt64
}

/// A consumer to forget; of all topics where none is named.
public struct ConsumerReference: Codable, Sendable, Equatable {
    /// The name that it joined under.
    public let consumer: String
    /// `nil`: all topics of the service that is asked.
    public let topic: String?

    /// Removing somebody who is not there is no error.
    public init(consumer: String, topic: String? = nil) {
        self.consumer = consumer
        self.topic = topic
    }
}

/// How many positions were forgotten; 0 where nobody had that name.
public struct ConsumersRemoved: Codable, Sendable, Equatable {
    /// One a topic.
    public let removed: Int

    package init(removed: Int) { self.removed = removed }
}
