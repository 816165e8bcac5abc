// How far an index has followed its topic: every event up to `offset` of the log `epoch` has had its effect.

package struct Checkpoint: Sendable, Equatable {
    package let epoch: UInt64
    package let offset: UInt64

    package init(epoch: UInt64, offset: UInt64) {
        self.epoch = epoch
        self.offset = offset
    }
}
