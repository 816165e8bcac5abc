// How far the building of another index is, for who asked for it.

import Contracts
import Synchronization

package final class RebuildRecord: Sendable {
    private let health = Mutex<IndexHealth?>(nil)

    package init() {}

    /// Another one may be built from now on.
    func begin(_ beside: IndexHealth) { health.withLock { $0 = beside } }

    func status(_ pair: IndexPair) async -> ReindexStatus {
        let state = pair.state
        guard state.building != nil else {
            return ReindexStatus(isRunning: false, done: 0, goal: 0, swaps: state.swaps)
        }
        var (done, goal) = (0, 0)
        if case .building(let changes, let all) = health.withLock({ $0?.state }) {
            (done, goal) = (Int(clamping: changes), Int(clamping: all))
        }
        // How much the present state holds nobody says before it is read; the index that is shown is a good guess.
        if goal == 0 { goal = (try? await pair.collections())?.first?.documentCount ?? 0 }
        return ReindexStatus(isRunning: true, done: done, goal: goal, swaps: state.swaps)
    }
}
