// A service on the bus while it runs: its node, what it answers, and what it does by itself beside that.

import Bus
import Logging
import ServiceLifecycle

struct Member: Service {
    let node: Node
    /// Work of its own, such as following a topic; cancelled when the member shuts down.
    let background: (@Sendable (Node) async throws -> Void)?
    var lock: ServiceLock?

    /// Answers until it is asked to stop, then drains.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            if let background { try? await background(node) } else { try? await gracefulShutdown() }
        }
        await node.shutDown()
        lock?.release()
    }
}

/// What a service consists of, besides its node.
struct Blueprint: Sendable {
    var handlers: Handlers
    var topics: [TopicDescription] = []
    var log: (any EventLog)?
    var background: (@Sendable (Node) async throws -> Void)?
}
