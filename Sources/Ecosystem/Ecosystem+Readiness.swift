// Ready means: every service of the part answers a call, and the gateway has met every service.

import Bus
import FountainService
import Gateway
import Topology

extension Ecosystem {
    /// Waits until the part that was built answers.
    ///
    /// - Throws: `CancellationError` only; a service that does not come is waited for.
    package func untilReady(_ part: Part) async throws {
        let node = try join(as: "readiness", by: ownPeer(of: part))
        let outcome = await Result { try await waitForServices(node) }
        await node.shutDown()
        try outcome.get()
        await gateway?.waitUntilReady()
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

    /// Waits until the gateway finds a service that has come back, on each of its loops.
    ///
    /// - Throws: `CancellationError` only.
    package func untilFound(_ service: String) async throws {
        for node in gatewayNodes {
            while (try? await node.call(BusOperations.ping, Empty(), on: service, timeout: patience)) == nil {
                try await pause()
            }
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
