// An account as its rows say.

internal import GRDB
internal import Secrets

extension Account {
    init(of user: AccountName, in db: Database) throws {
        self.init()
        active = try Authenticator.fetch(user, isActive: true, in: db)
        pending = try Authenticator.fetch(user, isActive: false, in: db)
        usedSteps = try Self.usedSteps(user, in: db)
        recoveryHashes = try Self.recoveryHashes(user, in: db)
        contact = try Row.fetchOne(db, sql: "SELECT * FROM contact WHERE username = ?", arguments: [user.text])
            .flatMap(Contact.init(row:))
        challenges = try Self.challenges(user, in: db)
        attempts = try Self.attempts(user, in: db)
        signOut = try Row.fetchOne(db, sql: "SELECT id, kept FROM sign_out WHERE username = ?", arguments: [user.text])
            .map { SignOut(id: $0["id"], kept: $0["kept"]) }
        deliveries = try DeliveryBudget(of: user, in: "delivery_budget", db)
        knownDeliveries = try DeliveryBudget(of: user, in: "known_delivery_budget", db)
        knownSessions = try String.fetchAll(
            db,
            sql: "SELECT session FROM known_session WHERE username = ? ORDER BY position",
            arguments: [user.text]
        )
    }

    private static func usedSteps(_ user: AccountName, in db: Database) throws -> Set<Int64> {
        let sql = """
            SELECT used_step.step FROM used_step
            JOIN authenticator ON authenticator.id = used_step.authenticator AND authenticator.is_active = 1
            WHERE used_step.username = ?
            """
        return Set(try Int64.fetchAll(db, sql: sql, arguments: [user.text]))
    }

    private static func recoveryHashes(_ user: AccountName, in db: Database) throws -> Set<[UInt8]> {
        let sql = "SELECT hash FROM recovery_code WHERE username = ?"
        return Set(try Row.fetchAll(db, sql: sql, arguments: [user.text]).map { $0.bytes("hash") })
    }

    private static func challenges(_ user: AccountName, in db: Database) throws -> [Challenge.Purpose: Challenge] {
        let rows = try Row.fetchAll(db, sql: "SELECT * FROM challenge WHERE username = ?", arguments: [user.text])
        return rows.reduce(into: [:]) { found, row in
            guard let purpose = Challenge.Purpose(rawValue: row["purpose"]) else { return }
            found[purpose] = Challenge(
                id: row["id"],
                codeHash: row.bytes("hash"),
                contact: Contact(row: row),
                sentAt: row["sent_at"],
                expiresAt: row["expires_at"],
                session: row["session"]
            )
        }
    }

    private static func attempts(_ user: AccountName, in db: Database) throws -> [Lane: AttemptBudget] {
        let rows = try Row.fetchAll(db, sql: "SELECT * FROM attempt_budget WHERE username = ?", arguments: [user.text])
        return rows.reduce(into: [:]) { found, row in
            guard let lane = Lane(name: row["factor"]) else { return }
            found[lane] = AttemptBudget(guesses: row["guesses"], readyAt: row["ready_at"])
        }
    }

}

extension Authenticator {
    fileprivate static func fetch(_ user: AccountName, isActive: Bool, in db: Database) throws -> Authenticator? {
        let sql = "SELECT * FROM authenticator WHERE username = ? AND is_active = ?"
        guard let row = try Row.fetchOne(db, sql: sql, arguments: [user.text, isActive]) else { return nil }
        return Authenticator(row: row)
    }

    /// Every authenticator of every user, active or pending.
    static func all(in db: Database) throws -> [(AccountName, Authenticator)] {
        try Row.fetchAll(db, sql: "SELECT * FROM authenticator").map { row in
            (AccountName(row["username"]), Authenticator(row: row))
        }
    }

    private init(row: Row) {
        self.init(
            id: row["id"],
            sealedSecret: row.bytes("secret"),
            createdAt: row["created_at"],
            lastStep: row["last_step"],
            algorithm: HMAC.Algorithm(rawValue: row["algorithm"]) ?? .sha1,
            digits: CodeDigits(rawValue: row["digits"]) ?? .six
        )
    }
}

extension Lane {
    private static let knownSuffix = "/known"

    /// Its name in the table: `authenticator`, `authenticator/known`.
    var name: String { factor.rawValue + (isKnown ? Self.knownSuffix : "") }

    init?(name: String) {
        let isKnown = name.utf8.suffix(Self.knownSuffix.utf8.count).elementsEqual(Self.knownSuffix.utf8)
        guard let factor = Factor(rawValue: isKnown ? String(name.dropLast(Self.knownSuffix.count)) : name) else {
            return nil
        }
        self.init(factor, isKnown: isKnown)
    }
}

extension DeliveryBudget {
    /// `table` is a name of ours, never input.
    fileprivate init(of user: AccountName, in table: String, _ db: Database) throws {
        self.init()
        let sql = "SELECT last_at, day_start, sent FROM \(table) WHERE username = ?"
        guard let row = try Row.fetchOne(db, sql: sql, arguments: [user.text]) else { return }
        self.init(lastAt: row["last_at"], dayStart: row["day_start"], sent: row["sent"])
    }

    init(ofAddress address: String, in db: Database) throws {
        self.init()
        let sql = "SELECT * FROM address_budget WHERE address = ?"
        guard let row = try Row.fetchOne(db, sql: sql, arguments: [address]) else { return }
        self.init(lastAt: row["last_at"], dayStart: row["day_start"], sent: row["sent"])
    }
}

extension Contact {
    fileprivate init?(row: Row) {
        guard let kind: String = row["kind"], let address: String = row["address"] else { return nil }
        self = kind == "phone" ? .phone(address) : .email(address)
    }
}
