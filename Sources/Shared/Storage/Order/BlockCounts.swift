// The counts of one list as a transaction knows them: read once, changed here, written once.
//
//     sum, add ──> a row of siblings ──┬── known: it is the one that was changed
//                                      └── not yet: read, and known from then on
//     settle ──> the rows that have changed
//
// A hundred elements appended one after the other change the same four rows a hundred times, and each is written once. It belongs to one
// batch, and is thrown away with one that fails; what a closure of it has changed can be taken back (`DeferredWrites`).

package final class BlockCounts {
    /// All blocks of a level that have the same block above them.
    struct Siblings: Hashable {
        let level: Int
        let parent: Int64
    }

    /// How it was when a closure began.
    private struct Before {
        /// Of what the closure has changed.
        var known: [Siblings: SiblingCounts] = [:]
        let changed: Set<Siblings>
    }

    private var known: [Siblings: SiblingCounts] = [:]
    private var changed: Set<Siblings> = []
    private var before: [Before] = []

    package init() {}

    func counts(of siblings: Siblings, read: () throws -> SiblingCounts) rethrows -> SiblingCounts {
        if let counts = known[siblings] { return counts }
        let counts = try read()
        known[siblings] = counts
        return counts
    }

    /// They have to be known.
    func add(_ count: Int, to child: Int, of siblings: Siblings) {
        if let last = before.indices.last, before[last].known[siblings] == nil {
            before[last].known[siblings] = known[siblings]
        }
        known[siblings]?.add(count, to: child)
        changed.insert(siblings)
    }

    /// What is to be written, in order; from then on it counts as written.
    func takeChanged() -> [(siblings: Siblings, counts: SiblingCounts)] {
        defer { changed = [] }
        return changed.sorted { ($0.level, $0.parent) < ($1.level, $1.parent) }.compactMap { siblings in
            known[siblings].map { (siblings, $0) }
        }
    }

    package func begin() { before.append(Before(changed: changed)) }

    package func end(keeps: Bool) {
        guard let closure = before.popLast() else { return }
        guard keeps else {
            known.merge(closure.known) { _, old in old }
            return changed = closure.changed
        }
        guard let outer = before.indices.last else { return }
        before[outer].known.merge(closure.known) { older, _ in older }
    }
}
