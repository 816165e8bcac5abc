// The numbers that a store is held to: `stores` in the topology.

package struct StoreLimits: Sendable, Equatable {
    /// Writes that may wait; one more is refused as `overloaded`.
    package var maximumQueued = 4096
    /// Writes that share a transaction at most.
    package var maximumBatch = 256
    /// How long a transaction goes on taking writes in. The one that is running then is the last.
    package var maximumBatchTime = Duration.milliseconds(20)
    /// Threads for reads that may take long.
    package var readers = 2
    /// How long to wait for another process that holds the file's lock.
    package var lockTimeout = Duration.seconds(5)

    package init() {}
}
