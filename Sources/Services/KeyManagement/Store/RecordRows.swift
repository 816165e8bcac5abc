// The records as rows: what stands in which column. Lists are JSON text.

import Bus
import Foundation
package import Storage

extension Account {
    package static let statements = RecordStatements(
        table,
        ["id", "password_hash", "roles", "state", "created_at"]
    )

    package var values: [SQLValue] {
        [.text(id), .text(passwordHash), .list(roles), .text(state.rawValue), .time(createdAt)]
    }

    package init(row: any Row) throws {
        self.init(
            id: row.text(0),
            passwordHash: row.text(1),
            roles: try row.list(2),
            state: try row.choice(3),
            createdAt: row.timestamp(4)
        )
    }
}

extension AdminToken {
    package static let statements = RecordStatements(table, ["id", "expires_at"])

    package var values: [SQLValue] { [.text(id), .time(expiresAt)] }

    package init(row: any Row) { self.init(id: row.text(0), expiresAt: row.timestampIfAny(1)) }
}

extension AttemptCount {
    package static let statements = RecordStatements(table, ["id", "count", "opens_at", "expires_at"])

    package var values: [SQLValue] { [.text(id), .int(count), .time(opensAt), .time(expiresAt)] }

    package init(row: any Row) {
        self.init(
            id: row.text(0),
            count: row.int(1),
            opensAt: row.timestamp(2),
            expiresAt: row.timestampIfAny(3)
        )
    }
}

extension LeaseLength {
    package static let statements = RecordStatements(table, ["id", "milliseconds"])

    package var values: [SQLValue] { [.text(id), .int(milliseconds)] }

    package init(row: any Row) { self.init(milliseconds: row.int(1)) }
}

extension KeeperRow {
    package static let statements = RecordStatements(table, ["id", "milliseconds", "runs"])

    package var values: [SQLValue] { [.text(id), .int(milliseconds), .flag(runs)] }

    package init(row: any Row) { self.init(id: row.text(0), milliseconds: row.int(1), runs: row.flag(2)) }
}

extension RevocationRow {
    package static let statements = RecordStatements(table, ["id", "milliseconds"])

    package var values: [SQLValue] { [.text(id), .int(milliseconds)] }

    package init(row: any Row) { self.init(id: row.text(0), milliseconds: row.int(1)) }
}

extension MasterKeyMark {
    package static let statements = RecordStatements(table, ["id", "fingerprint"])

    package var values: [SQLValue] { [.text(id), .text(fingerprint)] }

    package init(row: any Row) { self.init(id: row.text(0), fingerprint: row.text(1)) }
}

extension KeptReceipt {
    package static let statements = RecordStatements(table, ["id", "sealed", "expires_at"])

    package var values: [SQLValue] { [.text(id), .data(sealed), .time(expiresAt)] }

    package init(row: any Row) {
        self.init(id: row.text(0), sealed: row.data(1), expiresAt: row.timestampIfAny(2))
    }
}

extension Session {
    package static let statements = RecordStatements(
        table,
        ["id", "username", "amr", "authenticated_at", "expires_at", "ended"],
        owner: "username",
        keptFor: "refresh_token.session"
    )

    package var values: [SQLValue] {
        [
            .text(id), .text(username), .list(amr), .time(authenticatedAt), .time(expiresAt),
            .text(ended?.rawValue),
        ]
    }

    package init(row: any Row) throws {
        self.init(
            id: row.text(0),
            username: row.text(1),
            amr: try row.list(2),
            authenticatedAt: row.timestamp(3),
            expiresAt: row.timestampIfAny(4),
            ended: row.isNull(5) ? nil : try row.choice(5)
        )
    }
}

extension RefreshToken {
    package static let statements = RecordStatements(
        table,
        ["id", "session", "expires_at", "used_at", "successor"],
        owner: "session"
    )

    package var values: [SQLValue] {
        [.text(id), .text(session), .time(expiresAt), .time(usedAt), .data(successor)]
    }

    package init(row: any Row) {
        self.init(
            id: row.text(0),
            session: row.text(1),
            expiresAt: row.timestampIfAny(2),
            usedAt: row.timestampIfAny(3),
            successor: row.isNull(4) ? nil : row.data(4)
        )
    }
}

extension ServiceKey {
    package static let statements = RecordStatements(
        table,
        ["id", "roles", "scopes", "created_at", "rotated_at", "valid_until"]
    )

    package var values: [SQLValue] {
        [
            .text(id), .list(roles), scopes.map { .list($0) } ?? .null, .time(createdAt), .time(rotatedAt),
            .time(validUntil),
        ]
    }

    package init(row: any Row) throws {
        self.init(
            id: row.text(0),
            roles: try row.list(1),
            scopes: row.isNull(2) ? nil : try row.list(2),
            createdAt: row.timestamp(3),
            rotatedAt: row.timestampIfAny(4),
            validUntil: row.timestampIfAny(5)
        )
    }
}

extension KeySecret {
    package static let statements = RecordStatements(
        table,
        ["id", "service", "sealed", "hint", "created_at", "expires_at", "last_used_at"],
        owner: "service"
    )

    package var values: [SQLValue] {
        [
            .text(id), .text(service), .data(sealed), .text(hint), .time(createdAt), .time(expiresAt),
            .time(lastUsedAt),
        ]
    }

    package init(row: any Row) {
        self.init(
            id: row.text(0),
            service: row.text(1),
            sealed: row.data(2),
            hint: row.text(3),
            createdAt: row.timestamp(4),
            expiresAt: row.timestampIfAny(5),
            lastUsedAt: row.timestampIfAny(6)
        )
    }
}

extension SigningKey {
    package static let statements = RecordStatements(
        table,
        ["id", "public_key", "sealed", "generation", "published_at", "signs_from", "retired_at"]
    )

    package var values: [SQLValue] {
        [
            .text(id), .data(publicKey), .data(sealed), .int(generation), .time(publishedAt), .time(signsFrom),
            .time(retiredAt),
        ]
    }

    package init(row: any Row) {
        self.init(
            id: row.text(0),
            publicKey: row.data(1),
            sealed: row.data(2),
            generation: row.int(3),
            publishedAt: row.timestamp(4),
            signsFrom: row.timestamp(5),
            retiredAt: row.timestampIfAny(6)
        )
    }
}

extension SQLValue {
    fileprivate static func time(_ time: Timestamp) -> SQLValue { .int(time.rawValue) }

    fileprivate static func time(_ time: Timestamp?) -> SQLValue { .int(time?.rawValue) }

    fileprivate static func data(_ data: Data) -> SQLValue { .bytes([UInt8](data)) }

    fileprivate static func data(_ data: Data?) -> SQLValue { data.map { .data($0) as SQLValue } ?? .null }

    fileprivate static func list(_ texts: [String]) -> SQLValue {
        // An array of texts can be written down: without any it is empty.
        .text(String(decoding: (try? PayloadCoding.encode(texts)) ?? Array("[]".utf8), as: UTF8.self))
    }
}

extension Row {
    fileprivate func timestamp(_ column: Int) -> Timestamp { Timestamp(rawValue: int(column)) }

    fileprivate func timestampIfAny(_ column: Int) -> Timestamp? { isNull(column) ? nil : timestamp(column) }

    fileprivate func data(_ column: Int) -> Data { Data(bytes(column)) }

    fileprivate func list(_ column: Int) throws -> [String] {
        do {
            return try PayloadCoding.decode([String].self, from: bytes(column)[...])
        } catch {
            throw StoreError(.damaged, "a list is no JSON")
        }
    }

    fileprivate func choice<Value: RawRepresentable<String>>(_ column: Int) throws -> Value {
        guard let value = Value(rawValue: text(column)) else {
            throw StoreError(.damaged, "\(text(column)) is no \(Value.self)")
        }
        return value
    }
}
