// How far the index has followed the log, and those who wait until it has come further.
//
//     reached(77:41) ── wait(for: 77:42) ── reached(77:42) ──> go on
//                            └── the time is over ──> how far it is
//
// Of another life of the log nothing is ever reached: whoever waits for that is told where the index is.

package import Bus

package final class IndexProgress: Sendable {
    private let held = Watched<LogPosition?>(nil)
    private let sleep: @Sendable (Duration) async throws -> Void

    package init(sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }) {
        self.sleep = sleep
    }

    package var position: LogPosition? { held.value }

    /// The index has had its effect up to here; `nil` where it begins anew.
    package func reached(_ position: LogPosition?) { held.change { $0 = position } }

    /// Returns when the index has come so far, or follows another life of the log.
    ///
    /// - Throws: `CancellationError`.
    func until(_ wanted: LogPosition) async throws {
        try await held.until { position in
            position.map { $0.includes(wanted) || $0.epoch != wanted.epoch } ?? false
        }
    }

    /// Returns when the index has come so far.
    ///
    /// - Throws: `Failure` with `unavailable` and the present position where that takes longer than it may.
    package func wait(for wanted: LogPosition, atMost limit: Duration) async throws(Failure) {
        let isReached: @Sendable (LogPosition?) -> Bool = { $0?.includes(wanted) == true }
        if isReached(position) { return }
        let isInTime = await withTaskGroup(of: Bool.self) { [held, sleep] group in
            group.addTask { (try? await held.until(isReached)) != nil }
            group.addTask {
                try? await sleep(limit)
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
        let position = position
        guard !isInTime, !isReached(position) else { return }
        throw Failure(
            .unavailable,
            "The index has not reached \(wanted.text) yet; it is at \(position?.text ?? "the beginning").",
            retryAfter: 1,
            position: position
        )
    }
}
