// The decisions about peers over `tcp`, in one place: who is let in, who somebody is, who may call what, who may hear what.
//
//   public key ──ZAP──> User-Id (the key as text) ──> name ──> grants
//
// One for a context, asked by its ZAP handler and by its nodes, from any thread. It refuses what it does not know. `replace` takes effect
// for the next connection, call and subscription: who stands no more in the new peers is nobody from then on, also on a connection that
// it has already.

internal import StreamSafe
internal import Synchronization

/// Who is let in over `tcp`, and what each may do. One for a `BusContext`; safe to use from any thread.
public final class Trust: Sendable {
    private struct State {
        var peers: Peers
        /// By the key's text, as it comes as User-Id.
        var names: [String: String]
        var revision = 0

        init(_ peers: Peers) {
            self.peers = peers
            let pairs = peers.flatMap { name, peer in peer.publicKeys.map { ($0.description, name) } }
            names = Dictionary(pairs, uniquingKeysWith: { first, _ in first })
        }
    }

    private let state: Mutex<State>

    /// The peers of the topology; `replace(with:)` changes them while the context lives.
    public init(_ peers: Peers) { state = Mutex(State(peers)) }

    /// Puts other peers, keys and grants in place of those that were.
    public func replace(with peers: Peers) {
        state.withLock { state in
            let revision = state.revision + 1
            state = State(peers)
            state.revision = revision
        }
    }

    /// Another number means that `replace` was called.
    var revision: Int { state.withLock { $0.revision } }

    /// The User-Id of a key that is let in; nil refuses the connection.
    func user(of key: [UInt8]) -> String? {
        guard let text = PeerKey(bytes: key)?.description else { return nil }
        return state.withLock { $0.names[text] == nil ? nil : text }
    }

    /// Whose key it is.
    func name(of user: String) -> String? { state.withLock { $0.names[user] } }

    func isPeer(_ name: String) -> Bool { state.withLock { $0.peers[name] != nil } }

    /// Whether a peer is granted an operation by its full name.
    func isNamed(_ name: String, _ operation: String) -> Bool {
        state.withLock { $0.peers[name]?.mayCall.contains { $0.names(operation) } ?? false }
    }

    /// The keys that a service of this name may prove itself with.
    func keys(of name: String) -> [PeerKey] { state.withLock { $0.peers[name]?.publicKeys ?? [] } }

    // MARK: Calls

    /// Decides whether a connection may call an operation, whose access is nil where the service has none of that name.
    ///
    /// - Returns: Whose connection it is.
    /// - Throws: `Failure` with `forbidden`.
    func check(_ user: String, mayCall operation: String, access: Access?) throws(Failure) -> String {
        let (name, peer) = state.withLock { state in
            let name = state.names[user]
            return (name, name.flatMap { state.peers[$0] })
        }
        guard let name, let peer else {
            throw Failure(.forbidden, "The key of this connection is not known any more.")
        }
        guard peer.isGranted(operation, access) else {
            let field = "peers.\(name).may_call"
            throw Failure(.forbidden, "The topology does not let \"\(name)\" call \"\(operation)\" (\(field)).")
        }
        return name
    }

    // MARK: Topics

    /// Decides whether a connection may have what a filter of its lets through. A filter is what messages begin with: a topic and its
    /// zero byte, or a prefix of topics.
    func mayFilter(_ user: String, _ filter: ArraySlice<UInt8>) -> Bool {
        guard let name = name(of: user), StreamSafe.keeps(filter.span) else { return false }
        let end = filter.firstIndex(of: 0)
        let text = String(decoding: filter[..<(end ?? filter.endIndex)], as: UTF8.self)
        return mayRead(name, end == nil ? "\(text)*" : text)
    }

    /// Decides whether a peer may read a topic, or all topics with a prefix (`sequence.*`).
    func mayRead(_ name: String, _ pattern: String) -> Bool {
        state.withLock { $0.peers[name]?.isGranted(topic: pattern) ?? false }
    }
}
