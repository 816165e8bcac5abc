// The calls of a subscription to its publisher, as functions: the node makes them, and tests may stand in for it.

struct PublisherCalls: Sendable {
    let replay: @Sendable (ReplayRequest) async throws -> ReplayPage
    let join: @Sendable (JoinRequest) async throws -> ConsumerStanding
    let acknowledge: @Sendable (AcknowledgeRequest) async throws -> ConsumerStanding

    init(_ publisher: String, by node: Node) {
        replay = { [weak node] request in
            // Without the type, a page is read where it arrived.
            let operation = BusOperations.replay
            let reply = try await Self.present(node).call(
                operation.name,
                payload: try PayloadCoding.encode(request),
                on: publisher,
                isIdempotent: operation.isIdempotent
            )
            guard let page = ReplayPage(decoding: reply, topic: request.topic) else {
                throw Failure(.badReply, "A replay could not be read.")
            }
            return page
        }
        join = { [weak node] in try await Self.present(node).call(BusOperations.join, $0, on: publisher) }
        acknowledge = { [weak node] in
            let node = try Self.present(node)
            // As long as a publisher may be silent and not be counted out: who ends waits for it that long.
            let patience = node.environment.configuration.liveness
            return try await node.call(BusOperations.acknowledge, $0, on: publisher, timeout: patience)
        }
    }

    private static func present(_ node: Node?) throws -> Node {
        guard let node else { throw CancellationError() }
        return node
    }
}
