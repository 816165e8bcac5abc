// What the index can truthfully say of itself, and the place where a search that found it gone says so.
//
//     starting ──> building ──> whole ──> lost ──> building ──> …
//                                 └─────> behind: another is built beside it, and takes its place
//
// Half an index is not shown as a whole one: until it is whole, a search is told that it is not, and how far it is.

package import Bus
import Synchronization

package final class IndexHealth: Sendable {
    package enum State: Sendable, Equatable {
        /// Not looked at yet.
        case starting
        /// Of the events that were there when this began, so many are in it.
        case building(done: UInt64, goal: UInt64)
        case whole
        /// It was whole and follows no more; so many changes are not in it, and another is being built beside it.
        case behind(UInt64)
        /// It is not as it was left, and will be built anew.
        case lost
        /// It cannot be used until somebody acts.
        case refused(String)
    }

    package let progress: IndexProgress
    /// How far behind it is.
    package let lag = IndexLag()
    /// What was found when it was last held against its source.
    package let evidence = EvidenceRecord()

    private let held: Watched<State>
    private let nap = Mutex<Task<Void, Never>?>(nil)

    /// - Parameters:
    ///   - state: `whole` for an index that nobody builds while it is searched.
    ///   - progress: How far it has come.
    package init(_ state: State = .whole, progress: IndexProgress = IndexProgress()) {
        held = Watched(state)
        self.progress = progress
    }

    package var state: State { held.value }

    package func become(_ state: State) { held.change { $0 = state } }

    /// Returns when it is whole.
    ///
    /// - Throws: `CancellationError`.
    func untilWhole() async throws { try await held.until { $0 == .whole } }

    /// - Throws: `Failure` with `unavailable` where the index must not be searched now.
    package func check() throws(Failure) {
        let state = state
        if let words = state.words { throw Failure(.unavailable, words, retryAfter: state.retryAfter) }
    }

    /// So many more documents of the present state are in an index that is being built.
    func counted(_ documents: Int) {
        held.change { state in
            if case .building(let done, let goal) = state {
                state = .building(done: done + UInt64(documents), goal: goal)
            }
        }
    }

    /// Changes that are not in the index that is shown, where that follows no more.
    package var behind: Int? {
        guard case .behind(let changes) = state else { return nil }
        return Int(clamping: changes)
    }

    /// What the service says of itself; `head` is where the topic stands as far as it knows, `parked` how many changes are parked.
    package func vitals(head: UInt64?, parked: Int? = nil) -> Vitals {
        let (state, lag) = (state, lag.now(head: head))
        var numbers = evidence.numbers
        if let parked { numbers["index_changes_parked"] = Double(parked) }
        return Vitals(
            trouble: state.trouble ?? evidence.trouble,
            numbers: numbers.merging([
                "index_is_whole": state == .whole ? 1 : 0,
                "index_changes_behind": Double(behind ?? 0),
                "index_lag_events": Double(lag.events), "index_lag_seconds": lag.seconds,
            ]) { $1 }
        )
    }

    /// A search found the index gone: who watches looks at once.
    package func reportLoss() { nap.withLock { $0?.cancel() } }

    /// Waits, or until a loss is reported or the task is cancelled.
    func rest(_ pause: @escaping @Sendable () async throws -> Void) async {
        let nap = Task { _ = try? await pause() }
        self.nap.withLock { $0 = nap }
        await withTaskCancellationHandler {
            await nap.value
        } onCancel: {
            nap.cancel()
        }
    }
}

extension IndexHealth.State {
    fileprivate var words: String? {
        switch self {
        case .whole, .behind: nil
        case .starting: "The index is not there yet."
        case .lost: "The index was lost; it is being built anew."
        case .building(let done, let goal): "The index is being built: \(done) of \(goal) changes are in it."
        case .refused(let reason): reason
        }
    }

    /// What `/ready` has to say; a first building is no trouble, it is what a new service does.
    fileprivate var trouble: String? {
        switch self {
        case .whole, .starting, .building: nil
        case .behind(let changes): "The index is \(changes) changes behind; another is being built beside it."
        case .lost, .refused: words
        }
    }

    fileprivate var retryAfter: Int {
        if case .refused = self { 30 } else { 1 }
    }
}
