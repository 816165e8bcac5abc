// What the blocks of one list gain in a transaction, before it is written: a hundred elements appended one after the other change the same
// four counts a hundred times, and that is written once.
//
//     add ──> here ──┬── a sum adds it to what the rows say
//                    └── settled: written, before the rows are read one by one, and at the transaction's end
//
// It belongs to one transaction, and is thrown away with one that fails.

package final class PendingCounts {
    private struct Block: Hashable {
        let level: Int
        let slot: Int64
    }

    private var counts: [Block: Int] = [:]

    package init() {}

    func add(_ count: Int, level: Int, slot: Int64) { counts[Block(level: level, slot: slot), default: 0] += count }

    func sum(level: Int, slots: Range<Int64>) -> Int {
        counts.reduce(0) { $1.key.level == level && slots.contains($1.key.slot) ? $0 + $1.value : $0 }
    }

    /// Forgets it all, and hands over what is not in balance.
    func take() -> [(level: Int, slot: Int64, count: Int)] {
        defer { counts = [:] }
        return counts.filter { $0.value != 0 }.map { ($0.key.level, $0.key.slot, $0.value) }
            .sorted { ($0.level, $0.slot) < ($1.level, $1.slot) }
    }
}
