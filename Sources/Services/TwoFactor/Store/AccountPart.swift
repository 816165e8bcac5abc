// A table that holds a part of each account: its rows are the user's, and each part is small, so it is read and written whole.

import Storage

struct AccountPart: Sendable {
    /// Those of `columns` in their order, without the username.
    let select: SQL
    let clear: SQL
    let insert: SQL

    init(_ table: String, _ columns: String..., order: String? = nil) {
        let list = columns.joined(separator: ", ")
        let marks = (1...columns.count + 1).map { "$\($0)" }.joined(separator: ", ")
        let sorting = order.map { " ORDER BY \($0)" } ?? ""
        select = SQL("SELECT \(list) FROM \(table) WHERE username = $1\(sorting)")
        clear = SQL("DELETE FROM \(table) WHERE username = $1")
        insert = SQL("INSERT INTO \(table) (username, \(list)) VALUES (\(marks))")
    }

    static let authenticators = AccountPart(
        "authenticator",
        "is_active",
        "id",
        "secret",
        "created_at",
        "last_step",
        "algorithm",
        "digits"
    )
    static let usedSteps = AccountPart("used_step", "authenticator", "step")
    static let recoveryCodes = AccountPart("recovery_code", "hash")
    static let contact = AccountPart("contact", "kind", "address")
    static let challenges = AccountPart(
        "challenge",
        "purpose",
        "id",
        "hash",
        "kind",
        "address",
        "sent_at",
        "expires_at",
        "session"
    )
    static let attempts = AccountPart("attempt_budget", "factor", "guesses", "ready_at")
    static let deliveries = AccountPart("delivery_budget", "last_at", "day_start", "sent")
    static let knownDeliveries = AccountPart("known_delivery_budget", "last_at", "day_start", "sent")
    static let signOut = AccountPart("sign_out", "id", "kept")
    static let knownSessions = AccountPart("known_session", "position", "session", order: "position")

    /// Replaces what is there.
    func write(_ rows: [[SQLValue]], of user: AccountName, in transaction: any Transaction) throws {
        try transaction.later(clear, [.text(user.text)])
        for row in rows { try transaction.later(insert, [.text(user.text)] + row) }
    }

    func rows<Value>(
        of user: AccountName,
        in transaction: any Transaction,
        _ read: (any Row) throws -> Value
    ) throws -> [Value] {
        try transaction.rows(select, [.text(user.text)], read)
    }
}
