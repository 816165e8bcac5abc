// What a change leaves beside the account, in its transaction: notes for the audit log, and the receipt of an answer.

package import Audit
package import Foundation
internal import Receipts

package struct Entries: Sendable {
    package var notes: [AuditNote] = []
    package var receipt: Receipt?

    package init() {}

    package mutating func append(_ note: AuditNote) { notes.append(note) }
}

/// An answer that was given to a request with an Idempotency-Key, sealed (`ReceiptBook`).
package struct Receipt: Sendable, Equatable {
    package let id: String
    package let sealed: Data
    /// Unix seconds.
    package let keptAt: Int64

    package init(id: String, sealed: Data, keptAt: Int64) {
        self.id = id
        self.sealed = sealed
        self.keptAt = keptAt
    }

    /// So many are forgotten at once: more than one write adds, and few enough that nobody's waits for all.
    static let portion = 50

    /// From when on the receipts are that still count at `now`.
    package static func oldest(at now: Int64) -> Int64 { now - ReceiptBook.lifetime.components.seconds }

    /// There is one of that id already: the same request has been answered meanwhile.
    package struct Taken: Error {}
}
