// A topic, declared once: a named, durable stream of events that one service publishes.

public struct Topic<Payload: Codable & Sendable>: Sendable {
    /// `sequence.changed`.
    public let name: String
    /// The service that publishes it, by its name on the bus.
    public let publisher: String
    public let summary: String

    public init(_ name: String, publisher: String, _ summary: String) {
        self.name = name
        self.publisher = publisher
        self.summary = summary
    }
}

/// The declaration of a topic as data, for `info`.
public struct TopicDescription: Codable, Sendable, Equatable {
    public let name: String
    public let summary: String
    public let payload: JSONSchema
}

extension Topic {
    /// The topic as data.
    public var description: TopicDescription {
        TopicDescription(name: name, summary: summary, payload: .derived(from: Payload.self))
    }
}
