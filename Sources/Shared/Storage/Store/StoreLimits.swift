// The numbers that a store is held to: `stores` in the topology.

package struct StoreLimits: Sendable, Equatable {
    /// Writes that may wait, and as many reads; one more is refused as `overloaded`.
    package var maximumQueued = 4096
    /// Writes that share a transaction at most.
    package var maximumBatch = 256
    /// How long a transaction goes on taking writes in. The one that is running then is the last.
    package var maximumBatchTime = Duration.milliseconds(20)
    /// How long one write may go on that does many things: what has not been done by then is refused, and all of it taken back.
    package var maximumWriteTime = Duration.seconds(2)
    /// Threads for reads that may take long.
    package var readers = 2
    /// Bytes of an SQLite file that each of its connections keeps in memory, once it has read them.
    package var pageCache = 16 << 20
    /// How long to wait for another process that holds the lock of the file or the schema.
    package var lockTimeout = Duration.seconds(5)
    /// How long a database server may take for a connection.
    package var connectTimeout = Duration.seconds(2)
    /// How long it may take for an answer: then the connection is given up.
    package var commitTimeout = Duration.seconds(3)
    /// How long a host that answers is looked for where it is not known what became of a COMMIT.
    package var settleTimeout = Duration.seconds(10)
    /// Bytes of an event's key and payload together: more would not fit a message of the bus.
    package var maximumEvent = StoreLimits.event(fitting: 4 << 20)

    package init() {}

    /// What a message of so many bytes has room for, beside all that goes with an event in a page of the log.
    package static func event(fitting message: Int) -> Int { message - 256 }
}
