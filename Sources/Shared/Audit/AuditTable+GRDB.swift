// The log for services that still speak to GRDB.

package import GRDB
import Storage

extension AuditTable {
    package static func append(_ note: AuditNote, in db: Database) throws {
        try append(note, in: GRDBTransaction(db))
    }

    package static func entries(
        after number: Int,
        limit: Int,
        _ filter: AuditFilter,
        in db: Database
    ) throws -> [AuditEntry] {
        try entries(after: number, limit: limit, filter, in: GRDBTransaction(db))
    }
}
