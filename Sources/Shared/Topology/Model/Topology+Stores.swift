// The limits of the services' databases: how much waits, and how much of it shares a transaction.

extension Topology {
    package struct Stores: Sendable, Equatable {
        /// Writes of a service that may wait; one more is answered `overloaded`.
        package var maxQueued = 4096
        /// Writes that share a transaction, and with it an fsync.
        package var maxBatch = 256
        /// How long a transaction goes on taking writes in: so long, and one write more, is what a write waits for strangers of its batch.
        package var maxBatchTime = Duration.milliseconds(20)
        /// How long to wait for another process that holds a file's lock.
        package var lockTimeout = Duration.seconds(5)

        package init() {}
    }
}
