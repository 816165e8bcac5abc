// Where the server listens and how much it takes on. Every bound that protects memory or time is here.

package struct HTTPServerConfiguration: Sendable {
    /// An address in numbers.
    package var host = "127.0.0.1"
    /// 0: the kernel chooses; ask `HTTPServer.port`.
    package var port: UInt16 = 0
    /// Loops of the server's own, each with a thread, where it is given none.
    package var threads = 2
    /// The largest body where the per-route limit says nothing; at most this much of a body is ever held.
    package var maximumBodyBytes = 1 << 20
    /// A body that is too large, but no larger than this, is read and let go, so that its sender sees the answer.
    package var maximumDiscardedBytes = 16 << 20
    /// How much there may be of anything in a head.
    package var limits = RequestLimits()
    /// Over all threads. Where no doorkeeper is given that says it for several servers.
    package var maximumConnections = 1024
    /// Of those, from one address.
    package var maximumConnectionsFromOne = 1024
    /// Requests in the hands of handlers; one more gets `.overloaded`.
    package var maximumInFlight = 512
    /// From the first byte of a head to its last; then `.tooSlow`.
    package var headTimeout: Duration = .seconds(10)
    /// From the first byte of a request to its last, however busily it trickles; then `.tooSlow`. As long the client may take to take
    /// the answer.
    package var receiveTimeout: Duration = .seconds(30)
    /// Silence on a connection after which it is closed, with `.tooSlow` where it is within a request.
    package var idleTimeout: Duration = .seconds(30)
    /// From the last byte of a request to its turn; then `.queuedTooLong`: what waits longer than that would be answered too late anyway, and
    /// those behind it too.
    package var queueTimeout: Duration = .seconds(30)
    /// From the last byte of a request to its answer; then the server answers `.timedOut`.
    package var requestTimeout: Duration = .seconds(30)
    /// How long a shutdown waits before it begins, while everything is taken as before.
    package var notice: Duration = .zero
    /// How long requests in hand may still take once a shutdown has begun; then `.draining`.
    package var drainTimeout: Duration = .seconds(10)
    /// How long the rest of a request may still take to arrive then; nobody has begun it, so that `.draining` costs its sender nothing.
    package var unfinishedTimeout: Duration = .milliseconds(250)

    var patience: RequestClock.Patience {
        RequestClock.Patience(
            head: headTimeout.nanoseconds,
            request: receiveTimeout.nanoseconds,
            silence: idleTimeout.nanoseconds,
            answer: (requestTimeout + receiveTimeout).nanoseconds,
            drain: min(unfinishedTimeout, drainTimeout).nanoseconds,
            farewell: 2_000_000_000
        )
    }

    package var places: Places { Places(most: maximumConnections, mostFromOne: maximumConnectionsFromOne) }

    /// Often enough for the shortest patience, and rarely enough to cost nothing.
    package var lookingEvery: Duration {
        max(.milliseconds(20), min(.milliseconds(250), min(headTimeout, receiveTimeout, idleTimeout) / 8))
    }

    package init(host: String = "127.0.0.1", port: UInt16 = 0) {
        self.host = host
        self.port = port
    }
}

extension Duration {
    /// At least 0; what does not fit is more than 500 years.
    var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = UInt64(clamping: seconds).multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max : whole &+ UInt64(clamping: attoseconds / 1_000_000_000)
    }
}
