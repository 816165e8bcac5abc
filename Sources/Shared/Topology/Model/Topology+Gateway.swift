// The HTTP edge. Its limits are what keeps one client from costing the others their answers.

import Foundation

extension Topology {
    /// Where the gateway listens, what it accepts, and whom it asks who a caller is.
    package struct Gateway: Sendable, Equatable {
        package var listen = Address(host: "127.0.0.1", port: 8002)
        /// The names and addresses that requests may be for (`Host`), with any port; everything else is answered 421. A service has
        /// its own domain below each of the names: `kms.localhost`. An address that is listened on counts without being named.
        package var hosts = ["localhost", "127.0.0.1", "::1"]
        /// Loops, each with a thread, connections and a place on the bus of its own: one a processor.
        package var threads = min(64, ProcessInfo.processInfo.activeProcessorCount)
        /// Bytes of a request's body; more is answered 413.
        package var maxBody = 1 << 20
        /// The largest body beyond `maxBody` that is read to its end all the same, so that its sender sees the 413.
        package var maxDiscard = 16 << 20
        /// Bytes of a request's line and header fields; more is answered 431.
        package var maxHeader = 16 << 10
        /// Bytes of a request's target; more is answered 414.
        package var maxTarget = 8 << 10
        /// Parameters of a query; more are answered 400.
        package var maxParameters = 64
        /// Header fields, and pairs in `Cookie` fields; more are answered 431.
        package var maxFields = 96
        package var maxCookies = 32
        /// Over all ports. At the start it is fitted to the descriptors that the process may have.
        package var maxConnections = 2048
        /// Of those from one address. One more takes the place of the one that has kept the gateway waiting longest.
        package var maxConnectionsPerClient = 1024
        /// Requests that wait for the bus at one time; one more is answered 503.
        package var maxInFlight = 1024
        /// From the first byte of a request's head to its last, and of the whole request; then 408.
        package var headTimeout = Duration.seconds(10)
        package var receiveTimeout = Duration.seconds(30)
        /// From the last byte of a request to its answer; then 504.
        package var requestTimeout = Duration.seconds(10)
        /// How long a connection may be silent.
        package var idleTimeout = Duration.seconds(30)
        /// How long everything is still taken once the gateway is to end, while `/ready/gateway` says that it will: for proxies with several gateways
        /// to notice.
        package var notice = Duration.zero
        package var drainTimeout = Duration.seconds(10)
        /// How long the rest of a request may take to arrive once the gateway is to end; then 503, and nothing was begun.
        package var unfinishedTimeout = Duration.milliseconds(250)
        /// Bytes for tokens that were verified already, so that they need not be verified again; 0 verifies each time.
        package var tokenMemory = 8 << 20
        /// Bytes for verdicts that are held under a lease; 0 asks at each request.
        package var verdictMemory = 8 << 20
        /// How long a whole request may wait for its turn; then 503, and nothing was begun.
        package var queueTimeout = Duration.seconds(2)
        package var proxies = Proxies()
        package var allowances = Allowances()
        package var crossOrigin = CrossOrigin()
        package var compression = Compression()
        /// Whether a change that can have a condition must have one (`If-Match`); then 428 without.
        package var requireConditions = false
        package var events = EventStreams()
        package var authority = Authority()

        package init() {}

        /// What the gateway answers itself, so that no service can have it as a prefix.
        package static let ownPaths = [
            "/health", "/ready", "/openapi.json", "/docs", "/docs.js", "/docs.css", "/metrics", "/problems",
            "/postman.json", "/events",
        ]

        /// The operations that answer questions of identity, and what a token must say.
        package struct Authority: Sendable, Equatable {
            /// Gives the keys that tokens are verified with; nil where no service does: then no token is accepted.
            package var jwks: String?
            /// Says which principal an API key stands for; nil: then no API key is accepted.
            package var apiKeys: String?
            /// Says whether a user has a second factor; nil: then nobody has.
            package var stepUp: String?
            /// Says whether a token still counts, asked once its signature has been verified; nil: until it expires.
            package var tokens: String?
            /// Give leases on the verdicts of their services; a service without one is asked at each request.
            package var leases: [String] = []
            package var issuer = "fountain"
            package var audience = "fountain"

            package init() {}
        }
    }
}
