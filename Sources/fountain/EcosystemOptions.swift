// Which ecosystem a command is about: the same two options everywhere.

import ArgumentParser
import Bus
import Ecosystem
import Foundation
import FountainService
import Logging
import Logs
import Topology

struct EcosystemOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "The topology file.")
    var topology = "topology/local.yaml"

    @Option(help: "Where databases, keys and sockets lie. (default: what the topology says)")
    var dataDir: String?

    func load() throws -> Topology {
        do { return try Topology.load(topology, dataDirectory: dataDir) } catch { throw Complaint("\(error)") }
    }

    /// A peer of the running ecosystem, for the time of `body`.
    func join<Value>(as peer: PeerOption, _ body: (Node, Topology) async throws -> Value) async throws -> Value {
        let topology = try load()
        guard topology.bus.transport != .inproc else {
            throw Complaint("\(self.topology) uses inproc: only the process that runs it can reach its bus.")
        }
        let made = await asyncResult { try await Self.node(topology, as: peer.name) }
        let node = try made.get()
        let result = await asyncResult { try await body(node, topology) }
        await node.shutDown()
        return try result.get()
    }

    private static func node(_ topology: Topology, as peer: String?) async throws -> Node {
        // Where nobody proves who he is, a command is who it says it is.
        let name = topology.isSecured ? "fountain-cli" : peer ?? "fountain-cli"
        let configuration = try topology.nodeConfiguration(name, as: peer, logger: .quiet)
        return try Node(configuration, context: try await .of(topology))
    }
}

/// Who a command is, where peers have to prove that.
struct PeerOption: ParsableArguments {
    @Option(
        name: .customLong("as"),
        help: """
            Over tcp: the peer whose secret key is used. (default: operator, or the first whose key is here) Over ipc: the name to come \
            under.
            """
    )
    var name: String?
}

extension Logger {
    /// For commands whose output is the answer: warnings and worse, to stderr.
    static let quiet: Logger = {
        var logger = Logger(label: "fountain") { _ in JSONLogHandler() }
        logger.logLevel = .warning
        return logger
    }()
}

/// A result of an async body, so that what must follow it can be awaited.
func asyncResult<Value>(_ body: () async throws -> Value) async -> Result<Value, any Error> {
    do { return .success(try await body()) } catch { return .failure(complaint(about: error)) }
}

/// Coded errors read as sentences on a terminal.
func complaint(about error: any Error) -> any Error {
    if error is TopologyError { return Complaint("\(error)") }
    guard let failure = error as? Failure else { return error }
    return Complaint("\(failure.code.name): \(failure.detail)")
}
