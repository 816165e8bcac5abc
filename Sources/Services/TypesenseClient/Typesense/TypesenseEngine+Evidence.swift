// What the index in Typesense shows of itself: documents by sequence and place, exported.

import Bus
package import Contracts
import Storage

extension TypesenseEngine: IndexEvidence {
    /// Those of the ledger; a document of a sequence that it does not know came past us, and the number of documents tells that.
    package func sequences() async throws -> [SequenceName] {
        try await ledger.read { try IndexOrder.sequences($0) }.compactMap { SequenceName($0) }
    }

    package func entries(of sequence: SequenceName, in places: Range<Int64>) async throws -> [IndexEntry] {
        try await api.export(of: sequence, in: places)
    }
}
