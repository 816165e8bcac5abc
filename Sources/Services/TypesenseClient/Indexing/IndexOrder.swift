// The order of one sequence as the index knows it: numbers from places, and places from numbers.

import Contracts
import Ordering
import Storage

struct IndexOrder {
    private static let order = OrderedTable.Statements(rows: "ledger", counts: "tally")

    let list: OrderedList<OrderedTable>

    private let table: OrderedTable

    /// What changes waits in `counts` to be written; who only reads has none.
    init(_ transaction: any Transaction, _ sequence: String, counts: BlockCounts? = nil) {
        table = OrderedTable(transaction, Self.order, list: .text(sequence), counts: counts)
        list = OrderedList(table)
    }

    /// Writes what has changed.
    func settle() throws { try table.settle() }

    private static let sequences: SQL = "SELECT sequence FROM tally WHERE level = $1 ORDER BY sequence"

    /// The sequences that have documents.
    static func sequences(_ transaction: any Transaction) throws -> [String] {
        try transaction.rows(sequences, [.int(PlaceSpace.shifts.count - 1)]) { $0.text(0) }
    }

    /// The places that a condition on a number means in each sequence.
    static func ranges(_ clause: FilterClause, _ transaction: any Transaction) throws -> [PlaceRange] {
        try sequences(transaction).flatMap { sequence in
            let order = IndexOrder(transaction, sequence)
            return try clause.values.map { value in
                let numbers: ClosedRange<Int>
                switch value {
                case .number(let number): numbers = number...number
                case .range(let range): numbers = range
                case .text: return PlaceRange(sequence, 0..<0)
                }
                return PlaceRange(sequence, try order.range(clause.comparison, numbers))
            }
        }
    }

    /// The places whose numbers are less, equal, …; of `notEqual` those that are to be left out.
    private func range(_ comparison: FilterClause.Comparison, _ numbers: ClosedRange<Int>) throws -> Range<Int64> {
        let (low, high) = (try place(at: numbers.lowerBound), try place(behind: numbers.upperBound))
        return switch comparison {
        case .equal, .notEqual: low..<max(low, high)
        case .less: 0..<low
        case .lessOrEqual: 0..<high
        case .greater: high..<PlaceSpace.end
        case .greaterOrEqual: low..<PlaceSpace.end
        }
    }

    private func place(behind number: Int) throws -> Int64 {
        number == .max ? PlaceSpace.end : try place(at: number + 1)
    }

    /// The place of a number; the first or the end of all places for one that is too small or too large.
    private func place(at number: Int) throws -> Int64 {
        number < 1 ? 0 : try list.place(at: number) ?? PlaceSpace.end
    }
}

extension SearchDocument {
    /// Where a document by hand is sorted: as if its sequence had only ever been added to.
    var sortedPlace: Int64 {
        let number = Int64(clamping: max(1, min(sequenceNumber, 1 << 32)))
        return PlaceSpace.middle + (number - 1) * PlaceSpace.gap
    }
}
