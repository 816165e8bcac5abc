// The log: lines go into a buffer and are written by a thread of their own, so that nobody waits for whoever reads them.

extension Topology {
    package struct Log: Sendable, Equatable {
        /// Bytes of lines that may wait to be written; what does not fit is counted, and said.
        package var buffer = 4 << 20
        /// How long lines are gathered before they are written.
        package var interval = Duration.milliseconds(5)
        /// How long a process that ends waits for its last lines to be taken.
        package var flushTimeout = Duration.seconds(1)

        package init() {}
    }
}
