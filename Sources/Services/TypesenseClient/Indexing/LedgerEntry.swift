// What the ledger knows of one document, and what a change or a placement makes of it. Pure: of each the newer counts, by itself.

import Contracts

struct LedgerEntry: Sendable, Equatable {
    let id: String
    /// Of the document's last state; 0 where none is known.
    private(set) var revision: UInt64 = 0
    private(set) var isThere = false
    private(set) var sequence = ""
    /// Where it was last put.
    private(set) var latest: Int64?
    /// By which revision it was put there.
    private(set) var placed: UInt64 = 0

    /// Where it stands among those that are there.
    var place: Int64? { isThere ? latest : nil }

    init(id: String) { self.id = id }

    init(id: String, revision: UInt64, isThere: Bool, sequence: String, latest: Int64?, placed: UInt64) {
        self.init(id: id)
        (self.revision, self.isThere, self.sequence) = (revision, isThere, sequence)
        (self.latest, self.placed) = (latest, placed)
    }

    func changed(_ change: IndexChange) -> LedgerEntry {
        var entry = self
        (entry.revision, entry.isThere) = (change.revision, change.document != nil)
        entry.sequence = change.sequence.text
        if change.revision >= placed { (entry.latest, entry.placed) = (change.place, change.revision) }
        return entry
    }

    /// `nil` where a newer place is known.
    func placed(_ placement: Placement) -> LedgerEntry? {
        guard placement.revision >= placed else { return nil }
        var entry = self
        entry.sequence = placement.sequence.text
        (entry.latest, entry.placed) = (placement.place, placement.revision)
        return entry
    }

    func gone(at revision: UInt64) -> LedgerEntry {
        var entry = self
        (entry.revision, entry.isThere) = (revision, false)
        return entry
    }
}
