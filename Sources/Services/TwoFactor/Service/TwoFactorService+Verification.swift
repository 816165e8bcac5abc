// Comparing codes, for every route that takes one:
//
//     syntax (400, not charged) ─> claim (429) ─> compare ─> spend (401) ─> act
//
// The token is asked for after the code is spent: asking before would hand out tokens for a code that loses the race to be spent. Where
// the KMS does not answer the code is gone, and the failure says so.

internal import Bus
internal import Contracts
internal import Logging
internal import Secrets

extension TwoFactorService {
    func verify(
        _ request: TwoFactorOperations.VerifyRequest,
        _ context: CallContext
    ) async throws -> TwoFactorOperations.Verified {
        let (user, tokenID) = try session(named: request.username, context)
        let guess = try await guess(request.otpCode, user)
        guard let claim = try await claim(.login, guess, user, context) else { throw Self.notEnabled }
        guard let match = try match(guess, .login, claim, user), try await spend(match, claim, user, context) else {
            throw refused(user, .login)
        }
        logger.info("one-time code accepted", metadata: ["2fa.user": "\(user.text)", "2fa.factor": "\(match.name)"])
        // Before the token is asked for, which may be refused: a mark that stands keeps others of the user's sessions from changing his factor.
        if match.isRecovery, let signOut = try await store.account(of: user).signOut {
            await carryOutSooner(signOut, of: user)
        }
        let verified = try await token(user, tokenID, match, claim)
        if let receipt = try receipt(for: verified, to: request, context) {
            try await store.record(user) { _, notes in notes.receipt = receipt }
        }
        return verified
    }

    func confirmContact(_ request: TwoFactorOperations.Confirmation, _ context: CallContext) async throws -> Empty {
        let user = try user(context)
        let guess = try await guess(request.otpCode, user)
        try requireFreshFactor(context)
        guard let claim = try await claim(.contact, guess, user, context),
            let challenge = claim.account.challenges[.contact]
        else {
            throw Failure(.conflict, "There is no address to confirm: begin with PUT /2fa/auth/contact.")
        }
        guard let match = try match(guess, .contact, claim, user) else { throw refused(user, .contact) }
        let (policy, now) = (configuration.attempts, clock.now())
        let note = success(user, context, factor: Factor.delivered.rawValue)
        let signOut = try signOut(keeping: session(context))
        let receipt = try receipt(for: Empty(), to: request, context)
        let isAdopted = try await store.record(user) { account, notes in
            guard account.spend(match, charged: claim.charged, policy, now: now) else { return false }
            account.contact = challenge.contact
            try account.mark(signOut)
            notes.append(note)
            notes.receipt = receipt
            return true
        }
        guard isAdopted else { throw refused(user, .contact) }
        await carryOutSooner(signOut, of: user)
        return Empty()
    }

    /// What was sent, where it has the form of a code of this user.
    func guess(_ code: OTPCode, _ user: AccountName) async throws -> Guess {
        let account = try await store.account(of: user)
        let digits = Set([configuration.digits] + [account.active, account.pending].compactMap { $0?.digits })
        guard let guess = Guess(code.text, digits: digits) else {
            let counts = digits.map(\.rawValue).sorted().map(String.init).joined(separator: " or ")
            throw Failure.invalid("otp_code", "must be exactly \(counts) digits, or a recovery code as it was shown")
        }
        return guess
    }

    /// Pays for a guess; nil where there is nothing to compare it with.
    func claim(
        _ purpose: GuessPurpose,
        _ guess: Guess,
        _ user: AccountName,
        _ context: CallContext
    ) async throws -> Claim? {
        let (policy, now, session) = (configuration.attempts, clock.now(), session(context))
        switch try await store.update(user, { $0.claim(purpose, guess, in: session, policy, now: now) }) {
        case .granted(let claim): return claim
        case .nothing: return nil
        case .wait(let seconds):
            throw Failure(.tooManyRequests, "Too many wrong codes: wait \(seconds) seconds.", retryAfter: Int(seconds))
        }
    }

    /// The step whose code this is, if it is one of the authenticator's now.
    func step(_ code: OneTimeCode, of authenticator: Authenticator, _ user: AccountName) throws -> Int64? {
        authenticator.totp.match(code, secret: try vault.open(authenticator, of: user), atUnixSeconds: clock.now())
    }

    func refused(_ user: AccountName, _ purpose: GuessPurpose) -> Failure {
        logger.notice("one-time code refused", metadata: ["2fa.user": "\(user.text)", "2fa.purpose": "\(purpose)"])
        return Self.rejected
    }

    /// What a guess is, among what it was charged to.
    private func match(_ guess: Guess, _ purpose: GuessPurpose, _ claim: Claim, _ user: AccountName) throws -> Match? {
        switch guess {
        case .recovery(let code): return .recovery(hash: code.hash(for: user))
        case .digits(let code):
            let sent: Challenge.Purpose = purpose == .contact ? .contact : .login
            if claim.isCharged(to: .delivered), let challenge = claim.account.challenges[sent],
                vault.matches(code, challenge, user)
            {
                return .challenge(sent, id: challenge.id)
            }
            guard purpose == .login, claim.isCharged(to: .authenticator), let active = claim.account.active,
                let step = try step(code, of: active, user)
            else { return nil }
            return .step(authenticator: active.id, step)
        }
    }

    private func spend(
        _ match: Match,
        _ claim: Claim,
        _ user: AccountName,
        _ context: CallContext
    ) async throws -> Bool {
        let (policy, now) = (configuration.attempts, clock.now())
        let note = success(user, context, factor: match.name)
        // Whoever needs a recovery code has lost the phone, and perhaps what was logged in on it.
        let signOut = match.isRecovery ? try signOut(keeping: claim.session) : nil
        return try await store.record(user) { account, notes in
            guard account.spend(match, charged: claim.charged, policy, now: now) else { return false }
            account.know(claim.session)
            if let signOut { try account.mark(signOut) }
            notes.append(note)
            return true
        }
    }

    private func token(
        _ user: AccountName,
        _ tokenID: String,
        _ match: Match,
        _ claim: Claim
    ) async throws -> TwoFactorOperations.Verified {
        let request = TokenRequest(
            username: user.text,
            tokenID: tokenID,
            amr: match.methods(sentTo: claim.account.challenges[.login]?.contact)
        )
        do {
            return try await tokens.token(request)
        } catch let failure as Failure where failure.code == .forbidden {
            throw Failure(
                .unauthenticated,
                "The code was right and is spent now, but this session has ended. Log in again."
            )
        } catch {
            logger.error("no token for a verified code", metadata: ["2fa.user": "\(user.text)", "error": "\(error)"])
            throw Failure(
                .unavailable,
                "The code was right and is spent now, but the KMS gave no token. Verify the next code in a moment.",
                retryAfter: 1
            )
        }
    }
}

extension Match {
    /// RFC 8176 has no name for mail or recovery codes: `email` is ours, so that the weaker factor shows in the token, and `mfa` says no
    /// more than that a second factor was there.
    fileprivate func methods(sentTo contact: Contact?) -> [String] {
        switch (self, contact) {
        case (.step, _): ["otp"]
        case (.challenge, .phone): ["otp", "sms"]
        case (.challenge, .email): ["otp", "email"]
        case (.challenge, nil): ["otp"]
        case (.recovery, _): ["mfa"]
        }
    }

    fileprivate var isRecovery: Bool { if case .recovery = self { true } else { false } }

    fileprivate var name: String {
        switch self {
        case .step: "authenticator"
        case .challenge: "delivered"
        case .recovery: "recovery"
        }
    }
}
