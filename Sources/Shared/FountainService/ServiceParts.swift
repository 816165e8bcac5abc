// What a service consists of, besides its node.

package import Bus

package struct ServiceParts: Sendable {
    package var handlers: Handlers
    package var topics: [TopicDescription] = []
    package var log: (any EventLog)?
    /// What must hold before the service answers anything; what it throws keeps the service from starting.
    package var check: @Sendable () async throws -> Void = {}
    /// Work of its own, such as following a topic; cancelled when the service shall end.
    package var background: (@Sendable (Node) async throws -> Void)?
    /// What the service says of itself in `ping` and `stats`.
    package var vitals: (@Sendable (Node) async -> Vitals)?
    /// Gives back what it keeps its data in; after the last answer.
    package var close: @Sendable () async -> Void = {}

    package init(
        handlers: Handlers,
        topics: [TopicDescription] = [],
        log: (any EventLog)? = nil,
        background: (@Sendable (Node) async throws -> Void)? = nil,
        close: @escaping @Sendable () async -> Void = {}
    ) {
        self.handlers = handlers
        self.topics = topics
        self.log = log
        self.background = background
        self.close = close
    }
}
