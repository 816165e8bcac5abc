// Writes the parts of an account that differ from what its rows say; each part is small, so it is written whole.

internal import Secrets
internal import Storage

extension Account {
    func save(of user: AccountName, replacing old: Account, in transaction: any Transaction) throws {
        func write(_ part: AccountPart, _ rows: [[SQLValue]]) throws {
            try part.write(rows, of: user, in: transaction)
        }
        if active != old.active || pending != old.pending {
            try write(.authenticators, authenticatorRows)
            try recordStep(user, old, in: transaction)
        }
        if recoveryHashes != old.recoveryHashes { try write(.recoveryCodes, recoveryHashes.map { [.bytes($0)] }) }
        if contact != old.contact { try write(.contact, contact.map { [$0.values] } ?? []) }
        if challenges != old.challenges { try write(.challenges, challenges.map(Self.row)) }
        if attempts != old.attempts { try write(.attempts, attempts.map(Self.row)) }
        if deliveries != old.deliveries { try write(.deliveries, [deliveries.values]) }
        if knownDeliveries != old.knownDeliveries { try write(.knownDeliveries, [knownDeliveries.values]) }
        if signOut != old.signOut { try write(.signOut, signOut.map { [[.text($0.id), .text($0.kept)]] } ?? []) }
        if knownSessions != old.knownSessions {
            try write(.knownSessions, knownSessions.enumerated().map { [.int($0.offset), .text($0.element)] })
        }
    }

    private var authenticatorRows: [[SQLValue]] {
        [(active, true), (pending, false)].compactMap { authenticator, isActive in
            authenticator.map { [.flag(isActive)] + $0.values }
        }
    }

    private static let forgetSteps: SQL = """
        DELETE FROM used_step WHERE username = $1 AND (authenticator <> $2 OR step < $3)
        """

    /// Fails on a step that was recorded before, whatever the rules say.
    private func recordStep(_ user: AccountName, _ old: Account, in transaction: any Transaction) throws {
        guard let active else { return try transaction.later(AccountPart.usedSteps.clear, [.text(user.text)]) }
        let isUnchanged = active.lastStep == old.active?.lastStep && active.id == old.active?.id
        guard active.lastStep >= 0, !isUnchanged else { return }
        let step: [SQLValue] = [.text(user.text), .text(active.id), .integer(active.lastStep)]
        try transaction.run(AccountPart.usedSteps.insert, step)
        // Of the steps before, so many as matter to a clock that goes back; an old authenticator's mean nothing.
        let earliest = usedSteps.reduce(active.lastStep, min)
        try transaction.later(Self.forgetSteps, [.text(user.text), .text(active.id), .integer(earliest)])
    }

    private static func row(_ purpose: Challenge.Purpose, _ challenge: Challenge) -> [SQLValue] {
        [
            .text(purpose.rawValue), .text(challenge.id), .bytes(challenge.codeHash), .text(challenge.contact?.kind),
            .text(challenge.contact?.address), .integer(challenge.sentAt), .integer(challenge.expiresAt),
            .text(challenge.session),
        ]
    }

    private static func row(_ lane: Lane, _ budget: AttemptBudget) -> [SQLValue] {
        [.text(lane.name), .int(budget.guesses), .integer(budget.readyAt)]
    }
}

extension Authenticator {
    fileprivate var values: [SQLValue] {
        [
            .text(id), .bytes(sealedSecret), .integer(createdAt), .integer(lastStep), .text(algorithm.rawValue),
            .int(digits.rawValue),
        ]
    }
}

extension DeliveryBudget {
    private static let day: Int64 = 24 * 60 * 60
    private static let save: SQL = """
        INSERT INTO address_budget (address, last_at, day_start, sent) VALUES ($1, $2, $3, $4)
        ON CONFLICT (address) DO UPDATE SET
            last_at = excluded.last_at, day_start = excluded.day_start, sent = excluded.sent
        """
    /// So many a write at most: what is left is as good as gone, since its day is over.
    private static let portion = 50
    private static let sweep = SQL(
        """
        DELETE FROM address_budget WHERE address IN
            (SELECT address FROM address_budget WHERE day_start <= $1 LIMIT \(portion))
        """
    )

    fileprivate var values: [SQLValue] {
        [lastAt.map { .integer($0) } ?? .null, .integer(dayStart), .int(sent)]
    }

    /// Also sweeps out some of the addresses that nothing was sent to for a day: their budgets are full again.
    func save(ofAddress address: String, in transaction: any Transaction) throws {
        try transaction.later(Self.save, [.text(address)] + values)
        try transaction.later(Self.sweep, [.integer((lastAt ?? 0) - 2 * Self.day)])
    }
}

extension Contact {
    fileprivate var values: [SQLValue] { [.text(kind), .text(address)] }

    fileprivate var kind: String {
        switch self {
        case .email: "email"
        case .phone: "phone"
        }
    }
}
