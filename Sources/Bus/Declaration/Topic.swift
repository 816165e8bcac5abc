// A topic, declared once: a named, durable stream of events that one service publishes.

/// A topic as it is declared. It holds no events: those are in the publisher's log.
public struct Topic<Payload: Codable & Sendable>: Sendable {
    /// `sequence.changed`.
    public let name: String
    /// The service that publishes it, by its name on the bus.
    public let publisher: String
    /// One line for people.
    public let summary: String
    /// Grows when the events come to mean something that a reader of the version before would take wrongly.
    public let version: Int
    /// Which principals may follow it at the edge. Nobody, where that is not said; what peers may follow is in the topology.
    public let access: Access

    /// Declares a topic; `Blueprint` and `Node.serve` take its `description`.
    public init(
        _ name: String,
        publisher: String,
        _ summary: String,
        version: Int = 1,
        access: Access = .peer
    ) {
        self.name = name
        self.publisher = publisher
        self.summary = summary
        self.version = version
        self.access = access
    }
}

/// The declaration of a topic as data, for `info`.
public struct TopicDescription: Codable, Sendable, Equatable {
    /// As `Topic.name`.
    public let name: String
    /// As `Topic.summary`.
    public let summary: String
    /// The schema of an event's payload.
    public let payload: JSONSchema
    /// Absent for 1.
    public let version: Int?
    /// Which principals may follow it at the edge; absent for none.
    public let access: Access?

    package init(name: String, summary: String, payload: JSONSchema, version: Int? = nil, access: Access? = nil) {
        self.name = name
        self.summary = summary
        self.payload = payload
        self.version = version
        self.access = access
    }
}

extension Topic {
    /// The topic as data.
    public var description: TopicDescription {
        TopicDescription(
            name: name,
            summary: summary,
            payload: .derived(from: Payload.self),
            version: version > 1 ? version : nil,
            access: access == .peer ? nil : access
        )
    }
}
