// How far a new index is from being whole: from having every change that was there when its building began.

struct BuildProgress: Equatable {
    /// The offset to reach; `nil` where nothing is to be waited for.
    let goal: UInt64?

    func isWhole(at offset: UInt64) -> Bool { goal.map { offset >= $0 } ?? true }

    func state(at offset: UInt64) -> IndexHealth.State {
        guard let goal, !isWhole(at: offset) else { return .whole }
        return .building(done: offset, goal: goal)
    }
}
