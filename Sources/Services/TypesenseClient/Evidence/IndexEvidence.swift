// What an index shows of itself to somebody who holds it against its source.

package import Contracts

/// A document as the index has it: what its users see of it.
package struct IndexEntry: Sendable, Equatable {
    package let id: String
    package let place: Int64
    package let version: Int
    package let comment: String
    /// Written past the events: the source knows nothing of it, and its element's next change overwrites it.
    package let isByHand: Bool
}

package protocol IndexEvidence: Sendable {
    /// The sequences that the index knows.
    func sequences() async throws -> [SequenceName]
    /// What stands in a range of places of a sequence, in no order.
    ///
    /// - Throws: `IndexLost` where there is no index; `Failure` with `unavailable`.
    func entries(of sequence: SequenceName, in places: Range<Int64>) async throws -> [IndexEntry]
    /// Makes documents what these changes say, whatever is there; leaves alone those of which something newer is known.
    ///
    /// - Returns: The ids of those that were written.
    func mend(_ changes: [IndexChange]) async throws -> [String]
}

extension RangeDigest {
    init(of entries: [IndexEntry]) {
        self.init()
        for entry in entries where !entry.isByHand {
            add(id: entry.id, version: entry.version, comment: entry.comment, place: entry.place)
        }
    }
}

extension IndexEntry {
    /// Whether it is what the source says.
    func isWhat(_ change: IndexChange) -> Bool {
        place == change.place && version == change.document?.versionNumber && comment == change.document?.comment.text
    }
}
