// The streams of events at the edge (`GET /events`). They have places of their own, so that however many there are, requests have theirs.

extension Topology.Gateway {
    package struct EventStreams: Sendable, Equatable {
        /// Over all ports. At the start it is fitted to the descriptors that the process may have.
        package var maxStreams = 2048
        /// Of those from one address.
        package var maxStreamsPerClient = 1024
        /// Of those for one principal: a user, or an API key.
        package var maxStreamsPerPrincipal = 1024
        /// Bytes that wait for a client that reads slowly, and as many again in the kernel; beyond them the log is not read on for it.
        package var buffer = 256 << 10
        /// How long a client may take for 16 KiB of what waits for it; then the stream ends.
        package var sendTimeout = Duration.seconds(30)
        /// After so much silence a comment is sent, by which both sides see that the other one is there.
        package var keepAlive = Duration.seconds(15)
        /// After how long clients are told to come back where a stream has ended, at least; at most twice that, so that not all come at once.
        package var retry = Duration.seconds(2)
        /// How often it is asked whether the one who follows still may. Who may not any more hears nothing after twice that at the latest.
        package var recheck = Duration.seconds(15)
        /// Bytes of a topic's newest events that are kept for all who follow it; what is older is read from the log.
        package var memory = 8 << 20
        /// Pages that are read from logs at a time, for all who are behind.
        package var reads = 8

        package init() {}

        package static let production: EventStreams = {
            var streams = EventStreams()
            (streams.maxStreamsPerClient, streams.maxStreamsPerPrincipal) = (256, 64)
            return streams
        }()
    }
}
