// What the index in Typesense shows of itself: documents by sequence and place, exported.

import Bus
package import Contracts
import Storage

extension TypesenseEngine: ReplaceableIndex {
    /// Those of the ledger; a document of a sequence that it does not know came past us, and the number of documents tells that.
    package func sequences() async throws -> [SequenceName] {
        try await ledger.read { try IndexOrder.sequences($0) }.compactMap { SequenceName($0) }
    }

    package func entries(of sequence: SequenceName, in places: Range<Int64>) async throws -> [IndexEntry] {
        try await api.export(of: sequence, in: places)
    }

    package func documentsByHand() async throws -> [SearchDocument] { try await api.exportByHand() }

    /// The collection as well: another's would only be in the way.
    package func drop() async throws {
        try await alone {
            try await ledger.write { try IndexLedger($0).clear() }
            if let found = try await api.collection(names.stored), isOurs(found) { try await api.dropCollection() }
        }
    }
}
