// A bus over tcp where everybody has a key and a doorkeeper stands at the door.

import Testing

@testable import Bus

final class SecuredBus: Sendable {
    let keys: [String: PeerKeyPair]
    let trust: Trust
    let context: BusContext

    /// Who is on it: a name, what it may call, what it may subscribe to.
    init(_ peers: [String: (call: [String], subscribe: [String])]) async throws {
        keys = try peers.mapValues { _ in try PeerKeyPair() }
        trust = Trust(Self.peers(peers, keys.mapValues { [$0.publicKey] }))
        context = try await BusContext(securedBy: trust)
    }

    static func peers(
        _ grants: [String: (call: [String], subscribe: [String])],
        _ keys: [String: [PeerKey]]
    ) -> Peers {
        Dictionary(
            uniqueKeysWithValues: grants.map { name, may in
                let (call, subscribe) = (may.call.map { Grant($0) }, may.subscribe.map { Grant($0) })
                return (name, Peer(publicKeys: keys[name] ?? [], mayCall: call, maySubscribe: subscribe))
            }
        )
    }

    func configuration(
        _ name: String,
        _ directory: [String: [ServiceAddress]] = [:],
        keys: PeerKeyPair?
    ) -> NodeConfiguration {
        var configuration = NodeConfiguration(name: name, directory: directory)
        configuration.heartbeat = .milliseconds(40)
        configuration.liveness = .seconds(3)
        configuration.connectGrace = .seconds(20)
        configuration.drainTimeout = .seconds(2)
        configuration.keys = keys
        return configuration
    }

    /// A peer with its own key, or another's.
    func node(
        _ name: String,
        _ directory: [String: [ServiceAddress]] = [:],
        keys: PeerKeyPair? = nil,
        context: BusContext? = nil
    ) throws -> Node {
        try Node(
            configuration(name, directory, keys: keys ?? self.keys[name]),
            context: context ?? self.context
        )
    }

    /// An `echo` service that answers the operations of `Echo`, and says who asked as `echo.who`.
    func echo(
        at address: ServiceAddress = Transport.tcp.freshAddress(),
        log: MemoryEventLog? = nil,
        keys: PeerKeyPair? = nil,
        context: BusContext? = nil
    ) async throws -> (node: Node, address: ServiceAddress) {
        var handlers = TestBus.echoHandlers()
        handlers.on(Self.who) { _, context in Echo.Text(text: context.peer) }
        handlers.on(Self.inner) { input, _ in input }
        let node = try node("echo", keys: keys, context: context)
        do { return (node, try await node.serve(handlers, log: log, at: address)) } catch {
            await node.shutDown()
            throw error
        }
    }

    static let who = Operation<Echo.Text, Echo.Text>("echo.who", "Who asks", access: .public)
    static let inner = Operation<Echo.Text, Echo.Text>("echo.inner", "For peers only", access: .peer)
}

/// What a call fails with; nil where it succeeds.
func code(_ body: () async throws -> some Any) async -> ErrorCode? {
    do {
        _ = try await body()
        return nil
    } catch { return (error as? Failure)?.code ?? .internalError }
}
