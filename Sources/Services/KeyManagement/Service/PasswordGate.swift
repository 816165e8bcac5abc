// The one way to a password's verdict, for every operation that takes one:
//
//     claim    one transaction: may this lane try once more? counted before anything is evaluated, known user or not
//     evaluate scrypt, off the executors, bounded; an unknown user costs the same
//     settle   one transaction: a match clears the lane, and the account is looked at again
//       └ the account has another hash by now (somebody else's log-in has rehashed it): evaluated against that one, once
//
// Unknown user, wrong password, disabled account: the same error after the same work.

import Audit
import Bus
import Contracts
import Secrets

struct PasswordGate: Sendable {
    struct Claim: Sendable {
        let username: String
        let count: AttemptCount
        let account: Account?
    }

    struct Verdict: Sendable {
        let claim: Claim
        let matches: Bool
        /// A new hash, where the stored one was made with other parameters.
        var rehashed: String?
        /// There is no third look at a password.
        var isSecond = false
    }

    /// A right password, but of a hash that is not the account's any more.
    struct Outdated: Error { let account: Account }

    let environment: Environment

    /// What comes of a password. `session`, that of the caller's token, counts apart from strangers, whose failures are none of its user's.
    ///
    /// - Throws: `Failure` with `too_many_requests`, `overloaded`.
    func judge(
        _ credentials: KMS.Credentials,
        in session: String?,
        for operation: String,
        from source: AuditSource
    ) async throws -> Verdict {
        let claim = try await claim(credentials, in: session, for: operation, from: source)
        return try await judge(credentials.password, claim, for: operation, from: source)
    }

    private func judge(
        _ password: KMS.Password,
        _ claim: Claim,
        for operation: String,
        from source: AuditSource
    ) async throws -> Verdict {
        do {
            return try await evaluate(password.text, claim)
        } catch {
            if error == .overloaded { try await release(claim, of: operation, from: source) }
            throw error.failure
        }
    }

    /// Runs the transaction that settles a verdict, and once more with another one where the account's hash has changed in between: the attempt is
    /// the same, and was counted.
    func settling<Value: Sendable>(
        _ verdict: Verdict,
        on password: KMS.Password,
        for operation: String,
        from source: AuditSource,
        _ transaction: (Verdict) async throws -> Value
    ) async throws -> Value {
        do { return try await transaction(verdict) } catch let outdated as Outdated {
            let known = verdict.claim
            let claim = Claim(username: known.username, count: known.count, account: outdated.account)
            var second = try await judge(password, claim, for: operation, from: source)
            second.isSecond = true
            return try await transaction(second)
        }
    }

    /// The account, where the password was right and the account may still be used. To be called in `settling`.
    ///
    /// - Throws: `Failure` with `bad_credentials`; `Outdated`.
    func settle(_ verdict: Verdict, in tables: any Tables) throws -> Account {
        guard verdict.matches, var account = try tables.find(Account.self, verdict.claim.username),
            account.state == .active
        else { throw Self.badCredentials }
        guard account.passwordHash == verdict.claim.account?.passwordHash else {
            throw verdict.isSecond ? Self.badCredentials : Outdated(account: account)
        }
        try clear(verdict.claim.count, in: tables)
        if let rehashed = verdict.rehashed {
            account.passwordHash = rehashed
            try tables.save(account)
        }
        return account
    }
}

extension PasswordGate {
    private static let badCredentials = Failure(KMS.badCredentials, "The username or the password is wrong.")

    func clear(_ count: AttemptCount?, in tables: any Tables) throws {
        if let count { try tables.delete(AttemptCount.self, count.id) }
    }

    /// Counts a registration that may be a repeat as an attempt at the account's password, which is part of it.
    ///
    /// - Throws: `Failure` with `too_many_requests`.
    func countRepeat(of username: String, at now: Timestamp, in tables: any Tables) throws -> AttemptCount {
        let (policy, lane) = (environment.configuration.attempts, "pwd/\(username)")
        try tables.sweep(AttemptCount.self, at: now, longest: policy.memory)
        switch policy.claim(lane, try tables.find(AttemptCount.self, lane), at: now) {
        case .granted(let count):
            try tables.save(count)
            return count
        case .refused(let count):
            try tables.save(count)
            throw Self.tooMany(count, at: now)
        }
    }

    private static func tooMany(_ count: AttemptCount, at now: Timestamp) -> Failure {
        Failure(
            .tooManyRequests,
            "Too many attempts for this username. Wait before the next one.",
            retryAfter: count.opensAt.secondsToWait(from: now)
        )
    }

    private func claim(
        _ credentials: KMS.Credentials,
        in session: String?,
        for operation: String,
        from source: AuditSource
    ) async throws -> Claim {
        let (username, policy, now) = (credentials.username.text, environment.configuration.attempts, environment.now())
        let result: Result<Claim, Failure> = try await environment.store.write { tables in
            try tables.sweep(AttemptCount.self, at: now, longest: policy.memory)
            let lane = try Self.lane(of: credentials, in: session, at: now, tables)
            switch policy.claim(lane, try tables.find(AttemptCount.self, lane), at: now) {
            case .granted(let count):
                try tables.save(count)
                return .success(
                    Claim(username: username, count: count, account: try tables.find(Account.self, username))
                )
            case .refused(let count):
                try tables.save(count)
                let refusal = Self.tooMany(count, at: now)
                try tables.record(operation, refusal.code.name, on: username, from: source, at: now)
                return .failure(refusal)
            }
        }
        return try result.get()
    }

    /// The counter that an attempt counts in: the username's own, or that of a session which has been the user's before.
    private static func lane(
        of credentials: KMS.Credentials,
        in session: String?,
        at now: Timestamp,
        _ tables: any Tables
    ) throws -> String {
        let username = credentials.username.text
        let earlier = try credentials.knownBy.flatMap { try tables.find(RefreshToken.self, Environment.digest($0)) }
        for id in [session, earlier.flatMap { $0.isKept(at: now) ? $0.session : nil }].compactMap(\.self) {
            guard let known = try tables.find(Session.self, id), known.isKept(at: now), known.username == username,
                known.ended != .reuse
            else { continue }
            return "pwd/\(username)/\(known.id)"
        }
        return "pwd/\(username)"
    }

    private func evaluate(_ password: String, _ claim: Claim) async throws(PasswordHasherError) -> Verdict {
        guard let stored = claim.account.flatMap({ try? PasswordHash(phc: $0.passwordHash) }) else {
            try await environment.hasher.verifyDummy(password)
            return Verdict(claim: claim, matches: false)
        }
        var verdict = Verdict(claim: claim, matches: try await environment.hasher.verify(password, against: stored))
        if verdict.matches, stored.needsRehash(current: environment.hasher.parameters) {
            // An overloaded hasher is no reason to refuse a right password: the next login rehashes.
            verdict.rehashed = try? await environment.hasher.hash(password).phc
        }
        return verdict
    }

    /// Gives an attempt back that was refused before it was evaluated; that it was made stays on record.
    private func release(_ claim: Claim, of operation: String, from source: AuditSource) async throws {
        let (policy, now) = (environment.configuration.attempts, environment.now())
        try await environment.store.write { tables in
            try tables.record(operation, ErrorCode.overloaded.name, on: claim.username, from: source, at: now)
            guard let count = try tables.find(AttemptCount.self, claim.count.id) else { return }
            try tables.save(policy.release(count, at: now))
        }
    }
}

extension PasswordHasherError {
    /// What a caller hears of it.
    var failure: Failure {
        switch self {
        case .overloaded: Failure(.overloaded, "Too many passwords are being hashed. Try again.", retryAfter: 1)
        case .cancelled: Failure(.cancelled, "The caller gave up before the password was looked at.")
        case .hashing: Failure(.internalError, "The password could not be hashed.")
        }
    }
}
