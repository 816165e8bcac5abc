// What the built-in index shows of itself.

package import Contracts
import Storage

extension BuiltInEngine: ReplaceableIndex {
    private static let sequences: SQL = "SELECT DISTINCT sequence_name FROM document WHERE is_by_hand = 0"
    private static let entries: SQL = """
        SELECT id, place, version_number, comment, is_by_hand FROM document
        WHERE sequence_name = $1 AND place >= $2 AND place < $3
        """

    package func sequences() async throws -> [SequenceName] {
        try await reading { try $0.rows(Self.sequences, []) { SequenceName($0.text(0)) } }.compactMap { $0 }
    }

    package func entries(of sequence: SequenceName, in places: Range<Int64>) async throws -> [IndexEntry] {
        let arguments: [SQLValue] = [.text(sequence.text), .integer(places.lowerBound), .integer(places.upperBound)]
        return try await reading { transaction in
            try transaction.rows(Self.entries, arguments) { row in
                IndexEntry(
                    id: row.text(0),
                    place: row.integer(1),
                    version: row.int(2),
                    comment: row.text(3),
                    isByHand: row.flag(4)
                )
            }
        }
    }

    package func documentsByHand() async throws -> [SearchDocument] {
        try await reading { try DocumentTable($0).byHand() }
    }

    /// Its file is its own.
    package func refuseForeign() async throws {}

    package func drop() async throws { try await reset() }

    package func mend(_ changes: [IndexChange]) async throws -> [String] {
        let known = words
        let (mended, fresh) = try await writing { transaction in
            let (ledger, documents) = (IndexLedger(transaction), DocumentTable(transaction))
            try ledger.noteDocuments(nil)
            var mended: [IndexChange] = []
            for change in changes {
                guard let entry = try ledger.mend(change) else { continue }
                try documents.put(change, at: entry.place)
                mended.append(change)
            }
            return (mended.map(\.id), try known.add(mended.words, to: Lexicon(transaction)))
        }
        known.note(fresh)
        return mended
    }
}
