// What a change leaves beside the account, in its transaction: notes for the audit log, and the receipt of an answer.

package import Audit
package import Foundation

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

    /// There is one of that id already: the same request has been answered meanwhile.
    package struct Taken: Error {}
}
