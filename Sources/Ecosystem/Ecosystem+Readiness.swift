// Ready means: every service of the part answers a call, and the gateway has met every service.

package import Bus
import FountainService
import Gateway
import Logging
import Topology

extension Ecosystem {
    /// Waits until the part that was built answers. Whom it waits for is logged after two seconds, and every ten from then on.
    ///
    /// - Throws: `CancellationError` only; a service that does not come is waited for.
    package func untilReady(_ part: Part) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await waitForAll(of: part) }
            group.addTask { try await tellWhomItWaitsFor() }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func waitForAll(of part: Part) async throws {
        let node = try join(as: "readiness", by: ownPeer(of: part))
        let outcome = await Result { try await waitForServices(node) }
        await node.shutDown()
        try outcome.get()
        await gateway?.waitUntilReady()
        // The gateway's wait ends then too, and nobody shall be told that it is ready.
        try Task.checkCancellation()
    }

    private func tellWhomItWaitsFor() async throws {
        var pause = Duration.seconds(2)
        while true {
            try await Task.sleep(for: pause)
            logger.notice("waiting for services", metadata: ["services": "\(awaited.joined(separator: ", "))"])
            pause = .seconds(10)
        }
    }

    /// Whom it waits for before it is ready: those that the gateway has not met, or its own.
    package var awaited: [String] {
        let unmet = gateway?.unmet ?? []
        return unmet.isEmpty ? running : unmet
    }

    /// Whose key this process is sure to have.
    private func ownPeer(of part: Part) -> String? {
        guard topology.isSecured else { return nil }
        return if case .only(let name, _) = part { name } else { Topology.gatewayPeer }
    }

    private func waitForServices(_ node: Node) async throws {
        for name in running {
            while (try? await node.call(BusOperations.ping, Empty(), on: name)) == nil { try await pause() }
        }
    }

    /// Waits until a service that comes, or comes back, is found by other nodes and by the gateway, on each of its loops, and has its routes there.
    ///
    /// - Throws: What `check` throws, which is called between two questions; otherwise `CancellationError` only.
    package func untilFound(
        _ service: String,
        by others: [Node] = [],
        while check: () async throws -> Void = {}
    ) async throws {
        for node in others + gatewayNodes {
            while (try? await node.call(BusOperations.ping, Empty(), on: service, timeout: patience)) == nil {
                try await check()
                try await pause()
            }
        }
        while gateway?.unmet.contains(service) == true {
            try await check()
            try await pause()
        }
    }

    private var patience: Duration { .milliseconds(500) }

    private func pause() async throws { try await Task.sleep(for: .milliseconds(20)) }

    // MARK: Words

    package func name(of part: Part) -> String {
        switch part {
        case .all: topology.name
        case .only(let name, let replica):
            "\(DataLayout.name(of: name, replica: replica)) of \(topology.name)"
        }
    }

    /// The main origin, or that of a service's own port.
    package func origin(of service: String? = nil) -> String {
        guard var address = gateway?.listeners.first(where: { $0.service == service })?.address else { return "" }
        if ["0.0.0.0", "::"].contains(address.host) { address.host = "127.0.0.1" }
        return "http://\(address)"
    }

    /// Where it listens and what to try, for somebody who has just started it.
    package func welcome(_ part: Part) -> [String] {
        guard gateway != nil else { return [] }
        let ports = topology.services.filter { $0.port != nil }.map { "  \($0.name)  \(origin(of: $0.name))" }
        return ["  origin  \(origin())  (see /docs and /openapi.json)"] + ports + [
            "  data    \(topology.dataDirectory)",
            "  try     curl \(origin())/health",
            "          fountain ping · fountain stats --watch · fountain tap sequence.changed --from 1",
        ]
    }
}

extension Result where Failure == any Error {
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
