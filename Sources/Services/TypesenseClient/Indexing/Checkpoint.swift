// How far an index has followed its topic: every event up to `offset` of the log `epoch` has had its effect.

package struct Checkpoint: Sendable, Equatable {
    package let epoch: UInt64
    package let offset: UInt64
    /// False while an index that is being built has not reached what was there when that began: it is not shown as an index then.
    package let isWhole: Bool

    package init(epoch: UInt64, offset: UInt64, isWhole: Bool = true) {
        self.epoch = epoch
        self.offset = offset
        self.isWhole = isWhole
    }
}
