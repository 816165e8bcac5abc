// The libzmq context of a process, and who guards it.

package import ZeroMQ

/// The libzmq context of a process: nodes that share one can meet over `inproc`.
public final class BusContext: Sendable {
    package let context: Context
    /// Who may come in over `tcp`; nil: nobody, unless a node's configuration allows plaintext on loopback.
    public let trust: Trust?
    private let handler: ZAPHandler?

    /// A context without anybody who could let connections in: for `inproc` and `ipc`.
    public init() throws {
        context = try Context()
        (trust, handler) = (nil, nil)
    }

    /// A context whose doorkeeper stands before the first socket is bound.
    ///
    /// - Throws: Where the operating system has no more threads or sockets to give.
    public init(securedBy trust: Trust) async throws {
        context = try Context()
        self.trust = trust
        handler = try await ZAPHandler(context) { trust.user(of: $0) }
    }
}
