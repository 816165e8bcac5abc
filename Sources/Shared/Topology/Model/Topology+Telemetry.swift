// Where finished spans are sent, for those who look at them with other tools than `fountain explain`. Off where no collector is named.

extension Topology {
    /// A collector that takes OTLP over HTTP, as JSON; and what it may cost. Each service and the gateway has so much of its own.
    package struct Telemetry: Sendable, Equatable {
        /// The collector's URL, to which `/v1/traces` is added; nil: nothing is sent.
        package var otlp: String?
        /// PEM file of an authority that is trusted besides the system's.
        package var authorityFile: String?
        /// Spans that may wait; what does not fit is dropped, counted, and said once in a while.
        package var queue = 4_096
        /// Spans of one request.
        package var batch = 512
        /// How long spans are gathered before they are sent.
        package var interval = Duration.seconds(1)
        /// How long one request may take.
        package var timeout = Duration.seconds(10)
        /// How long a batch is tried again before it is dropped.
        package var giveUp = Duration.seconds(60)
        /// How long a service that ends waits for its last spans to be taken.
        package var drainTimeout = Duration.seconds(1)

        package init() {}
    }
}
