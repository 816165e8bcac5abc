// The counts of sequences' places that a batch has changed and not written yet: a thousand documents behind one another change the same four
// rows, and each is read once and written once.

import Storage
import StreamSafe

final class UnwrittenOrders: DeferredWrites {
    private var counts: [ExactText: BlockCounts] = [:]
    /// How it was when the closures in hand began.
    private var before: [[ExactText: BlockCounts]] = []

    func counts(of name: String) -> BlockCounts {
        let sequence = ExactText(name)
        if let known = counts[sequence] { return known }
        let fresh = BlockCounts()
        for _ in before { fresh.begin() }
        counts[sequence] = fresh
        return fresh
    }

    /// The ledger is emptied, and its orders with it.
    func forget() { counts = [:] }

    // MARK: DeferredWrites

    func begin() {
        before.append(counts)
        for counts in counts.values { counts.begin() }
    }

    func end(keeps: Bool) {
        guard let closure = before.popLast() else { return }
        // Also those that it has forgotten: a closure around it may take that back.
        for counts in closure.values { counts.end(keeps: keeps) }
        for (sequence, counts) in counts where closure[sequence] !== counts { counts.end(keeps: keeps) }
        // Those that only this closure has asked for go with it.
        if !keeps { counts = closure }
    }

    func settle(in transaction: any Transaction) throws {
        for (sequence, counts) in counts.sorted(by: { $0.key < $1.key }) {
            try IndexOrder(transaction, sequence.text, counts: counts).settle()
        }
    }
}
