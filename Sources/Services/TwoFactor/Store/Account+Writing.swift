// Writes the parts of an account that differ from what its rows say; each part is small, so it is written whole.

internal import Foundation
internal import GRDB
internal import Secrets

extension Account {
    func save(of user: AccountName, replacing old: Account, in db: Database) throws {
        if active != old.active || pending != old.pending { try saveAuthenticators(user, old, in: db) }
        if recoveryHashes != old.recoveryHashes { try saveRecoveryHashes(user, in: db) }
        if contact != old.contact { try saveContact(user, in: db) }
        if challenges != old.challenges { try saveChallenges(user, in: db) }
        if attempts != old.attempts { try saveAttempts(user, in: db) }
        if deliveries != old.deliveries { try deliveries.save(of: user, in: "delivery_budget", db) }
        if knownDeliveries != old.knownDeliveries {
            try knownDeliveries.save(of: user, in: "known_delivery_budget", db)
        }
        if signOut != old.signOut { try saveSignOut(user, in: db) }
        if knownSessions != old.knownSessions { try saveKnownSessions(user, in: db) }
    }

    private func saveAuthenticators(_ user: AccountName, _ old: Account, in db: Database) throws {
        try clear("authenticator", user, in: db)
        for (authenticator, isActive) in [(active, true), (pending, false)] {
            guard let authenticator else { continue }
            try db.execute(
                sql: """
                    INSERT INTO authenticator
                        (username, is_active, id, secret, created_at, last_step, algorithm, digits)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    user.text, isActive, authenticator.id, Data(authenticator.sealedSecret), authenticator.createdAt,
                    authenticator.lastStep, authenticator.algorithm.rawValue, authenticator.digits.rawValue,
                ]
            )
        }
        try recordStep(user, old, in: db)
    }

    /// Fails on a step that was recorded before, whatever the rules say.
    private func recordStep(_ user: AccountName, _ old: Account, in db: Database) throws {
        guard let active else { return try clear("used_step", user, in: db) }
        let isUnchanged = active.lastStep == old.active?.lastStep && active.id == old.active?.id
        guard active.lastStep >= 0, !isUnchanged else { return }
        try db.execute(
            sql: "INSERT INTO used_step (username, authenticator, step) VALUES (?, ?, ?)",
            arguments: [user.text, active.id, active.lastStep]
        )
        // Of the steps before, so many as matter to a clock that goes back; an old authenticator's mean nothing.
        try db.execute(
            sql: "DELETE FROM used_step WHERE username = ? AND (authenticator <> ? OR step < ?)",
            arguments: [user.text, active.id, usedSteps.reduce(active.lastStep, min)]
        )
    }

    private func saveRecoveryHashes(_ user: AccountName, in db: Database) throws {
        try clear("recovery_code", user, in: db)
        for hash in recoveryHashes {
            try db.execute(
                sql: "INSERT INTO recovery_code (username, hash) VALUES (?, ?)",
                arguments: [user.text, Data(hash)]
            )
        }
    }

    private func saveContact(_ user: AccountName, in db: Database) throws {
        try clear("contact", user, in: db)
        guard let contact else { return }
        try db.execute(
            sql: "INSERT INTO contact (username, kind, address) VALUES (?, ?, ?)",
            arguments: [user.text, contact.kind, contact.address]
        )
    }

    private func saveChallenges(_ user: AccountName, in db: Database) throws {
        try clear("challenge", user, in: db)
        for (purpose, challenge) in challenges {
            try db.execute(
                sql: """
                    INSERT INTO challenge (username, purpose, id, hash, kind, address, sent_at, expires_at, session)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    user.text, purpose.rawValue, challenge.id, Data(challenge.codeHash), challenge.contact?.kind,
                    challenge.contact?.address, challenge.sentAt, challenge.expiresAt, challenge.session,
                ]
            )
        }
    }

    private func saveAttempts(_ user: AccountName, in db: Database) throws {
        try clear("attempt_budget", user, in: db)
        for (lane, budget) in attempts {
            try db.execute(
                sql: "INSERT INTO attempt_budget (username, factor, guesses, ready_at) VALUES (?, ?, ?, ?)",
                arguments: [user.text, lane.name, budget.guesses, budget.readyAt]
            )
        }
    }

    private func saveSignOut(_ user: AccountName, in db: Database) throws {
        try clear("sign_out", user, in: db)
        guard let signOut else { return }
        try db.execute(
            sql: "INSERT INTO sign_out (username, id, kept) VALUES (?, ?, ?)",
            arguments: [user.text, signOut.id, signOut.kept]
        )
    }

    private func saveKnownSessions(_ user: AccountName, in db: Database) throws {
        try clear("known_session", user, in: db)
        for (position, session) in knownSessions.enumerated() {
            try db.execute(
                sql: "INSERT INTO known_session (username, position, session) VALUES (?, ?, ?)",
                arguments: [user.text, position, session]
            )
        }
    }

    /// `table` is one of the names above, never input.
    private func clear(_ table: String, _ user: AccountName, in db: Database) throws {
        try db.execute(sql: "DELETE FROM \(table) WHERE username = ?", arguments: [user.text])
    }
}

extension DeliveryBudget {
    private static let day: Int64 = 24 * 60 * 60

    /// `table` is a name of ours, never input.
    fileprivate func save(of user: AccountName, in table: String, _ db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO \(table) (username, last_at, day_start, sent) VALUES (?, ?, ?, ?)
                ON CONFLICT (username) DO UPDATE SET
                    last_at = excluded.last_at, day_start = excluded.day_start, sent = excluded.sent
                """,
            arguments: [user.text, lastAt, dayStart, sent]
        )
    }

    /// Also sweeps out the addresses that nothing was sent to for a day: their budgets are full again.
    func save(ofAddress address: String, in db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO address_budget (address, last_at, day_start, sent) VALUES (?, ?, ?, ?)
                ON CONFLICT (address) DO UPDATE SET
                    last_at = excluded.last_at, day_start = excluded.day_start, sent = excluded.sent
                """,
            arguments: [address, lastAt, dayStart, sent]
        )
        try db.execute(
            sql: "DELETE FROM address_budget WHERE day_start <= ?",
            arguments: [(lastAt ?? 0) - 2 * Self.day]
        )
    }
}

extension Contact {
    fileprivate var kind: String {
        switch self {
        case .email: "email"
        case .phone: "phone"
        }
    }
}

extension Row {
    func bytes(_ column: String) -> [UInt8] {
        let data: Data = self[column]
        return [UInt8](data)
    }
}
