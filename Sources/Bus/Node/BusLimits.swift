// What one peer may cost the others: in bytes, in work, and in what is kept for it. Beyond each number something is refused, early, and nobody else
// notices. None of them costs more than a counter.

/// Budgets of a peer, in bytes and in numbers.
public struct BusLimits: Sendable, Equatable {
    /// Bytes of a frame with several messages, and how many there may be; a larger one is dropped unread.
    public var batchBytes = 64 << 10
    /// How many messages such a frame may have.
    public var batchMessages = 1_024
    /// Bytes of the input of what every service answers (`bus.…`).
    public var builtinBytes = 64 << 10
    /// Bytes of the calls in hand of one connection, and of all together; beyond them the answer is `overloaded`.
    public var bytesInHand = 64 << 20
    /// The same of all connections together.
    public var bytesInHandPerService = 256 << 20
    /// Bytes of answers that a connection, and that all of one peer, have not read; until they have, the answer is `overloaded`.
    public var unreadBytes = 32 << 20
    /// The same of all connections of one peer.
    public var unreadBytesPerPeer = 128 << 20
    /// Bytes of a message that is not whole yet, beyond the largest that a message may have; then the connection ends.
    public var incompleteBytes = 8 << 20
    /// Connections of one peer to one service; the calls of those beyond are `overloaded`.
    public var connectionsPerPeer = 64
    /// Bytes of a subscription, and how many a connection may send; more ends it.
    public var filterBytes = 512
    /// How many subscriptions a connection may send; one more ends it.
    public var subscriptionsPerConnection = 1_024
    /// Named consumers of one peer at one publisher; one more is `overloaded`.
    public var consumersPerPeer = 64
    /// Bytes of live events that wait for a subscriber. With the high-water mark it says how large a frame of them may be; of what is larger
    /// only the head is sent, and the log has it.
    public var unreadEventBytes = 32 << 20
    /// Bytes that are taken from one socket before the others get their turn.
    public var turnBytes = 8 << 20

    /// Every number has the default that stands above.
    public init() {}
}
