// Where the server listens and how much it takes on. Every bound that protects memory or time is here.

package struct HTTPServerConfiguration: Sendable {
    /// An address in numbers.
    package var host = "127.0.0.1"
    /// 0: the kernel chooses; ask `HTTPServer.port`.
    package var port: UInt16 = 0
    /// Event loops, each with its own thread. Handlers do not run on them.
    package var threads = 2
    /// The largest body where the per-route limit says nothing; at most this much of a body is ever held.
    package var maximumBodyBytes = 1 << 20
    /// A body that is too large, but no larger than this, is read and let go, so that its sender sees the answer.
    package var maximumDiscardedBytes = 16 << 20
    /// Request line and headers together.
    package var maximumHeaderBytes = 32 << 10
    /// Over all threads, shared out evenly; one more is closed at once.
    package var maximumConnections = 1024
    /// Requests in the hands of handlers; one more gets `.overloaded`.
    package var maximumInFlight = 512
    /// Silence on a connection after which it is closed; whole seconds, at least one.
    package var idleTimeout: Duration = .seconds(30)
    /// From the last byte of a request to its answer; then the server answers `.timedOut`.
    package var requestTimeout: Duration = .seconds(30)
    /// How long requests in hand may still take once a shutdown has begun; then `.draining`.
    package var drainTimeout: Duration = .seconds(10)

    package init(host: String = "127.0.0.1", port: UInt16 = 0) {
        self.host = host
        self.port = port
    }
}
