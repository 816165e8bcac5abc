// A service on the bus while it runs: its node, what it answers, and what it does by itself beside that.

import Bus
import Logging
package import ServiceLifecycle

/// A service that came back; run it, and kill it again if need be.
package protocol RestartedService: Service {
    func kill() async
}

struct Member: RestartedService {
    let name: String
    let node: Node
    /// More places on the bus, for one that has several loops.
    var besides: [Node] = []
    /// Work of its own, such as following a topic; cancelled when the member shuts down.
    let background: (@Sendable (Node) async throws -> Void)?
    /// Gives back what it keeps its data in.
    var close: @Sendable () async -> Void = {}
    var lock: ServiceLock?

    /// Answers until it is asked to stop, then drains.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            if let background { try? await background(node) }
            // A service that was killed is not one that has ended: the others go on.
            if await node.wasKilled || background == nil { try? await gracefulShutdown() }
        }
        for node in besides { await node.shutDown() }
        await node.shutDown()
        await close()
        lock?.release()
    }

    func kill() async {
        for node in besides { await node.kill() }
        await node.kill()
        await close()
        lock?.release()
    }
}

/// What a service consists of, besides its node.
struct Blueprint: Sendable {
    var handlers: Handlers
    var topics: [TopicDescription] = []
    var log: (any EventLog)?
    /// What must hold before the service answers anything; what it throws keeps the service from starting.
    var check: @Sendable () async throws -> Void = {}
    var background: (@Sendable (Node) async throws -> Void)?
    /// After the last answer.
    var close: @Sendable () async -> Void = {}
}
