// The order of one sequence as the index knows it: numbers from places, and places from numbers.

import Bus
import Contracts
import Ordering
import Storage
import StreamSafe

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

    /// The places that a condition on a number means in each of the sequences: only where there are any, and of numbers that follow each
    /// other all at once.
    fileprivate static func ranges(
        _ clause: FilterClause,
        in sequences: [String],
        _ transaction: any Transaction,
        atMost most: Int
    ) throws -> [PlaceRange] {
        let asked = clause.numbers
        var ranges: [PlaceRange] = []
        for sequence in sequences {
            let order = IndexOrder(transaction, sequence)
            let numbers = try order.present(asked, clause.comparison)
            // Before their places are looked up.
            guard ranges.count + numbers.count <= most else { throw PlaceRange.tooMany }
            for range in try numbers.map({ try order.range(clause.comparison, $0) }) where !range.isEmpty {
                ranges.append(PlaceRange(sequence, range))
            }
        }
        return ranges
    }

    /// Those that somebody has, where it is about who has them.
    private func present(_ numbers: [ClosedRange<Int>], _ comparison: FilterClause.Comparison) throws
        -> [ClosedRange<Int>]
    {
        guard comparison == .equal || comparison == .notEqual else { return numbers }
        let count = try list.count()
        return numbers.filter { $0.upperBound >= 1 && $0.lowerBound <= count }
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

extension SearchQuery {
    /// The same, with each condition on numbers as the places that it means now.
    ///
    /// - Throws: `Failure` with `invalid_request` about `filter_by` where those are too many.
    func resolved(in transaction: any Transaction) throws -> SearchQuery {
        let named = filter?.sequences
        // Read once, and only where it is about numbers.
        lazy var sequences = Result {
            try IndexOrder.sequences(transaction).filter { named?.contains(ExactText($0)) != false }
        }
        var left = PlaceRange.most
        return try resolved { clause in
            let ranges = try IndexOrder.ranges(clause, in: sequences.get(), transaction, atMost: left)
            left -= ranges.count
            return ranges
        }
    }
}

extension PlaceRange {
    /// So many in one filter: each of them is held against each document.
    fileprivate static let most = 1_000

    fileprivate static let tooMany = Failure.invalid(
        "filter_by",
        "means more than \(most) numbers or ranges of them in all sequences; name fewer, or a sequence as well"
    )
}

extension Filter {
    /// The only ones that a document can be of; `nil` for any.
    fileprivate var sequences: Set<ExactText>? {
        switch self {
        case .clause(let clause) where clause.field == .sequenceName && clause.comparison == .equal:
            Set(clause.values.compactMap(\.text).map(ExactText.init))
        case .all(let parts):
            parts.compactMap(\.sequences).reduce(nil) { known, more in known?.intersection(more) ?? more }
        case .clause, .numbers, .any: nil
        }
    }
}

extension FilterClause {
    /// What it names, in order and in as few ranges as possible.
    fileprivate var numbers: [ClosedRange<Int>] {
        values.compactMap(\.numbers).sorted { $0.lowerBound < $1.lowerBound }.reduce(into: []) { merged, next in
            guard let last = merged.last, next.lowerBound <= last.upperBound || next.lowerBound - 1 == last.upperBound
            else { return merged.append(next) }
            merged[merged.count - 1] = last.lowerBound...max(last.upperBound, next.upperBound)
        }
    }
}

extension SearchDocument {
    /// Where a document by hand is sorted: as if its sequence had only ever been added to.
    var sortedPlace: Int64 {
        let number = Int64(clamping: max(1, min(sequenceNumber, 1 << 32)))
        return PlaceSpace.middle + (number - 1) * PlaceSpace.gap
    }
}
