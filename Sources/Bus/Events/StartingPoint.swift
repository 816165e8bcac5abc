// Where a subscriber begins to read a topic.

/// Where a subscription begins.
public enum StartingPoint: Sendable, Equatable {
    /// With the events that come to be from now on.
    case live
    /// With the oldest event that is kept.
    case earliest
    /// With this offset; 1 is the beginning.
    case offset(UInt64)
    /// Where an earlier subscriber stopped. If the topic has begun another epoch since, at its beginning.
    case checkpoint(epoch: UInt64, next: UInt64)
    /// Behind what this named consumer has acknowledged to the publisher; with the oldest event for one that is new.
    case acknowledged
}
