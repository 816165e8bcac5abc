// A topic, declared once: a named, durable stream of events that one service publishes.

public struct Topic<Payload: Codable & Sendable>: Sendable {
    /// `sequence.changed`.
    public let name: String
    /// The service that publishes it, by its name on the bus.
    public let publisher: String
    public let summary: String
    /// Grows when the events come to mean something that a reader of the version before would take wrongly.
    public let version: Int

    public init(_ name: String, publisher: String, _ summary: String, version: Int = 1) {
        self.name = name
        self.publisher = publisher
        self.summary = summary
        self.version = version
    }
}

/// The declaration of a topic as data, for `info`.
public struct TopicDescription: Codable, Sendable, Equatable {
    public let name: String
    public let summary: String
    public let payload: JSONSchema
    /// Absent for 1.
    public let version: Int?
}

extension Topic {
    /// The topic as data.
    public var description: TopicDescription {
        TopicDescription(
            name: name,
            summary: summary,
            payload: .derived(from: Payload.self),
            version: version > 1 ? version : nil
        )
    }
}
