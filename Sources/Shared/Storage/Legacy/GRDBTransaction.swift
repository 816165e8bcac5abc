// A GRDB connection as a `Transaction`: for services that still speak to GRDB, until they speak to `DurableStore`. It publishes nothing.

import Foundation
package import GRDB

package final class GRDBTransaction: Transaction {
    private let db: Database

    package init(_ db: Database) { self.db = db }

    package var draft: EventDraft? { nil }

    @discardableResult  // as the protocol has it
    package func run(_ sql: SQL, _ arguments: [SQLValue]) throws -> Int {
        try db.cachedStatement(sql: sql.text).execute(arguments: Self.named(arguments))
        return db.changesCount
    }

    package func each(_ sql: SQL, _ arguments: [SQLValue], _ body: (any Row) throws -> Bool) throws {
        let rows = try GRDB.Row.fetchCursor(
            try db.cachedStatement(sql: sql.text),
            arguments: Self.named(arguments)
        )
        while let row = try rows.next() { guard try body(GRDBRow(row: row)) else { return } }
    }

    private static func named(_ arguments: [SQLValue]) -> StatementArguments {
        let pairs = arguments.enumerated().map { ("\($0 + 1)", $1.databaseValue as (any DatabaseValueConvertible)?) }
        return StatementArguments(Dictionary(uniqueKeysWithValues: pairs))
    }
}

private struct GRDBRow: Row {
    let row: GRDB.Row

    func integer(_ column: Int) -> Int64 { row[column] }
    func real(_ column: Int) -> Double { row[column] }
    func isNull(_ column: Int) -> Bool { row.hasNull(atIndex: column) }
    func size(_ column: Int) -> Int { bytes(column).count }
    func text(_ column: Int) -> String { row[column] }
    func append(_ column: Int, to bytes: inout [UInt8]) { bytes += self.bytes(column) }

    func bytes(_ column: Int) -> [UInt8] { [UInt8](Data.fromDatabaseValue(row[column]) ?? Data()) }
}

extension SQLValue {
    fileprivate var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let number): number.databaseValue
        case .real(let number): number.databaseValue
        case .text(let text): text.databaseValue
        case .bytes(let bytes): Data(bytes).databaseValue
        }
    }
}

extension ParkedEvents {
    package init(_ db: Database) { self.init(GRDBTransaction(db)) }
}

extension StoreError {
    init?(legacy error: any Error) {
        guard let error = error as? DatabaseError, let kind = Self.kind(error.resultCode) else { return nil }
        self.init(kind, error.message ?? "")
    }

    private static func kind(_ code: ResultCode) -> Kind? {
        switch code {
        case .SQLITE_FULL: .full
        case .SQLITE_BUSY, .SQLITE_LOCKED: .locked
        case .SQLITE_READONLY: .readOnly
        case .SQLITE_IOERR: .failed
        case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH: .cannotOpen
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: .damaged
        case .SQLITE_NOMEM, .SQLITE_INTERRUPT, .SQLITE_ABORT: .brokenOff
        case .SQLITE_MISUSE: .closed
        default: nil
        }
    }
}
