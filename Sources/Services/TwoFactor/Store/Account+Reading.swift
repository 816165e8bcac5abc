// An account as its rows say.

internal import Secrets
internal import Storage

extension Account {
    init(of user: AccountName, in transaction: any Transaction) throws {
        self.init()
        for (authenticator, isActive) in try Authenticator.all(of: user, in: transaction) {
            if isActive { active = authenticator } else { pending = authenticator }
        }
        usedSteps = try usedSteps(user, in: transaction)
        recoveryHashes = Set(try AccountPart.recoveryCodes.rows(of: user, in: transaction) { $0.bytes(0) })
        contact =
            try AccountPart.contact.rows(of: user, in: transaction) { Contact(kind: 0, address: 1, of: $0) }
            .first ?? nil
        challenges = try Self.challenges(user, in: transaction)
        attempts = try Self.attempts(user, in: transaction)
        signOut = try AccountPart.signOut.rows(of: user, in: transaction) {
            SignOut(id: $0.text(0), kept: $0.textIfAny(1))
        }.first
        deliveries = try DeliveryBudget(of: user, .deliveries, in: transaction)
        knownDeliveries = try DeliveryBudget(of: user, .knownDeliveries, in: transaction)
        knownSessions = try AccountPart.knownSessions.rows(of: user, in: transaction) { $0.text(1) }
    }

    /// Those of the active authenticator.
    private func usedSteps(_ user: AccountName, in transaction: any Transaction) throws -> Set<Int64> {
        guard let active else { return [] }
        let steps = try AccountPart.usedSteps.rows(of: user, in: transaction) { ($0.text(0), $0.integer(1)) }
        return Set(steps.filter { $0.0 == active.id }.map(\.1))
    }

    private static func challenges(
        _ user: AccountName,
        in transaction: any Transaction
    ) throws -> [Challenge.Purpose: Challenge] {
        let rows = try AccountPart.challenges.rows(of: user, in: transaction) { row in
            (
                Challenge.Purpose(rawValue: row.text(0)),
                Challenge(
                    id: row.text(1),
                    codeHash: row.bytes(2),
                    contact: Contact(kind: 3, address: 4, of: row),
                    sentAt: row.integer(5),
                    expiresAt: row.integer(6),
                    session: row.textIfAny(7)
                )
            )
        }
        return rows.reduce(into: [:]) { found, row in
            if let purpose = row.0 { found[purpose] = row.1 }
        }
    }

    private static func attempts(
        _ user: AccountName,
        in transaction: any Transaction
    ) throws -> [Lane: AttemptBudget] {
        let rows = try AccountPart.attempts.rows(of: user, in: transaction) { row in
            (Lane(name: row.text(0)), AttemptBudget(guesses: row.int(1), readyAt: row.integer(2)))
        }
        return rows.reduce(into: [:]) { found, row in
            if let lane = row.0 { found[lane] = row.1 }
        }
    }
}

extension Authenticator {
    private static let everybodys: SQL = """
        SELECT is_active, id, secret, created_at, last_step, algorithm, digits, username FROM authenticator
        ORDER BY username, is_active
        """

    fileprivate static func all(
        of user: AccountName,
        in transaction: any Transaction
    ) throws -> [(Authenticator, isActive: Bool)] {
        try AccountPart.authenticators.rows(of: user, in: transaction) { (Authenticator(row: $0), $0.flag(0)) }
    }

    /// Every authenticator of every user, active or pending.
    static func all(in transaction: any Transaction) throws -> [(AccountName, Authenticator)] {
        try transaction.rows(everybodys) { (AccountName($0.text(7)), Authenticator(row: $0)) }
    }

    private init(row: any Row) {
        self.init(
            id: row.text(1),
            sealedSecret: row.bytes(2),
            createdAt: row.integer(3),
            lastStep: row.integer(4),
            algorithm: HMAC.Algorithm(rawValue: row.text(5)) ?? .sha1,
            digits: CodeDigits(rawValue: row.int(6)) ?? .six
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
    private static let ofAddress: SQL = "SELECT last_at, day_start, sent FROM address_budget WHERE address = $1"

    fileprivate init(of user: AccountName, _ part: AccountPart, in transaction: any Transaction) throws {
        self = try part.rows(of: user, in: transaction, Self.init(row:)).first ?? DeliveryBudget()
    }

    init(ofAddress address: String, in transaction: any Transaction) throws {
        self = try transaction.row(Self.ofAddress, [.text(address)], Self.init(row:)) ?? DeliveryBudget()
    }

    private init(row: any Row) {
        self.init(lastAt: row.isNull(0) ? nil : row.integer(0), dayStart: row.integer(1), sent: row.int(2))
    }
}

extension Contact {
    fileprivate init?(kind: Int, address: Int, of row: any Row) {
        guard let kind = row.textIfAny(kind), let address = row.textIfAny(address) else { return nil }
        self = kind == "phone" ? .phone(address) : .email(address)
    }
}
