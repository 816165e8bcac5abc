// A service on the bus while it runs: its node, what it answers, and what it does by itself beside that.

package import Bus
package import Logging
package import ServiceLifecycle
package import Telemetry

/// A service that came back; run it, and kill it again if need be.
package protocol RestartedService: Service {
    func kill() async
}

package struct Member: RestartedService, CustomStringConvertible {
    package let name: String
    /// Which of the service's replicas, from 1 on.
    package let replica: Int
    package let node: Node
    /// More places on the bus, for one that has several loops.
    package let besides: [Node]
    let parts: ServiceParts?
    /// Sends its spans to the topology's collector, where that names one, for as long as it runs.
    let exporter: SpanExporter?
    let logger: Logger
    let lock: ServiceLock?

    /// What a ServiceGroup calls it; it would write down the whole value for each group otherwise.
    package var description: String { "\(name) \(replica)" }

    /// One without parts of its own: the gateway's place.
    package init(
        name: String,
        node: Node,
        besides: [Node],
        exporter: SpanExporter?,
        logger: Logger,
        lock: ServiceLock?
    ) {
        self.init(
            name: name,
            replica: 1,
            node: node,
            besides: besides,
            parts: nil,
            exporter: exporter,
            logger: logger,
            lock: lock
        )
    }

    init(
        name: String,
        replica: Int,
        node: Node,
        besides: [Node] = [],
        parts: ServiceParts?,
        exporter: SpanExporter?,
        logger: Logger,
        lock: ServiceLock?
    ) {
        self.name = name
        self.replica = replica
        self.node = node
        self.besides = besides
        self.parts = parts
        self.exporter = exporter
        self.logger = logger
        self.lock = lock
    }

    /// Answers until it is asked to stop, then drains. The last spans are sent after the last answer, when nothing is held any more.
    ///
    /// - Throws: What the service threw that it does by itself, after the drain.
    package func run() async throws {
        async let sending: Void? = exporter?.run()
        let failure = await cancelWhenGracefulShutdown { await work() }
        for node in besides { await node.shutDown() }
        await node.shutDown()
        await close()
        exporter?.finish()
        await sending
        if let failure { throw failure }
    }

    /// What keeps the service from going on; nil where it was asked to end, or ends by itself.
    private func work() async -> (any Error)? {
        let failure = await background()
        // A service that was killed is not one that has ended: the others go on.
        guard await !node.wasKilled else {
            await waitForTheEnd()
            return nil
        }
        // What was cancelled says so in words of its own; that is no failure.
        guard let failure, !Task.isCancelled else { return nil }
        logger.error("what the service does by itself has ended", metadata: ["error": "\(failure)"])
        return failure
    }

    private func background() async -> (any Error)? {
        guard let background = parts?.background else {
            await waitForTheEnd()
            return nil
        }
        do { try await background(node) } catch is CancellationError {} catch { return error }
        return nil
    }

    private func waitForTheEnd() async { try? await gracefulShutdown() }

    private func close() async {
        await parts?.close()
        lock?.release()
    }

    package func kill() async {
        for node in besides { await node.kill() }
        await node.kill()
        exporter?.stop()
        await close()
    }
}
