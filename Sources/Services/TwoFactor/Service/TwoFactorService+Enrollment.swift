// Enrolling an authenticator app: begin, confirm by a first code, disable. Nothing counts before it is confirmed.

internal import Bus
internal import Contracts
internal import Leases
internal import Logging
internal import QRCode
internal import Secrets

extension TwoFactorService {
    func enroll(_ context: CallContext) async throws -> TwoFactorOperations.Enrollment {
        let user = try user(context)
        let active = try await replaceable(user, context)
        let secret = try randomness.bytes(HOTP.recommendedSecretByteCount)
        let id = Base64URL.encode(try randomness.bytes(16))
        let authenticator = Authenticator(
            id: id,
            sealedSecret: try vault.seal(secret, of: id, user),
            createdAt: clock.now(),
            algorithm: configuration.algorithm,
            digits: configuration.digits
        )
        let answer = try shown(secret, authenticator, user)
        let receipt = try receipt(for: answer, to: Empty(), context)
        let note = success(user, context)
        try await store.record(user) { account, notes in
            guard account.begin(authenticator, replacing: active) else { throw Self.overtaken }
            notes.append(note)
            notes.receipt = receipt
        }
        return answer
    }

    func confirm(
        _ request: TwoFactorOperations.Confirmation,
        _ context: CallContext
    ) async throws -> TwoFactorOperations.RecoveryCodes {
        let user = try user(context)
        let guess = try await guess(request.otpCode, user)
        let active = try await replaceable(user, context)
        guard let claim = try await claim(.confirmation, guess, user, context), let pending = claim.account.pending,
            !clock.now().isBehind(pending.createdAt),
            clock.now() - pending.createdAt < configuration.enrollmentLifetime
        else { throw Failure(.conflict, "There is no enrolment to confirm: begin with /2fa/auth/enroll.") }
        guard case .digits(let code) = guess, let step = try step(code, of: pending, user) else {
            throw refused(user, .confirmation)
        }
        let codes = try freshRecoveryCodes()
        let hashes = Set(codes.map { $0.hash(for: user) })
        let answer = TwoFactorOperations.RecoveryCodes(recoveryCodes: codes.map(\.text))
        let receipt = try receipt(for: answer, to: request, context)
        let note = success(user, context, factor: Factor.authenticator.rawValue)
        let signOut = try signOut(keeping: session(context))
        try await store.record(user) { account, notes in
            guard account.activate(pending.id, step: step, recoveryHashes: hashes, replacing: active) else {
                throw Self.overtaken
            }
            account.know(claim.session)
            try account.mark(signOut)
            notes.append(note)
            notes.receipt = receipt
        }
        await carryOutSooner(signOut, of: user)
        logger.info("two-factor authentication enabled", metadata: ["2fa.user": "\(user.text)"])
        return answer
    }

    func disable(_ context: CallContext) async throws -> Empty {
        let user = try user(context)
        try requireFreshFactor(context)
        let note = success(user, context)
        let signOut = try signOut(keeping: session(context))
        let receipt = try receipt(for: Empty(), to: Empty(), context)
        try await store.record(user) { account, notes in
            guard account.disable() || account.signOut != nil else { throw Self.notEnabled }
            try account.mark(signOut)
            notes.append(note)
            notes.receipt = receipt
        }
        try await carryOut(signOut, of: user)
        logger.info("two-factor authentication disabled", metadata: ["2fa.user": "\(user.text)"])
        return Empty()
    }

    func status(_ request: TwoFactorOperations.StatusRequest) async throws -> TwoFactorOperations.Status {
        let user = AccountName(canonical: request.username)
        guard let moment = try await momentWithoutFactor(of: user) else {
            return TwoFactorOperations.Status(enrolled: true)
        }
        let standing = moment.standing(on: [LeasedTwoFactorStore.ground(of: user)], goodFor: Self.longestVerdict)
        return TwoFactorOperations.Status(enrolled: false, standing: standing)
    }

    /// As of when a user has no second factor; nil where he has one. That he has none lets him in without a code, so it is said behind a commit: a
    /// replica that does not know yet that its database has been replaced would read there that who has enrolled since has not.
    ///
    /// - Throws: Where the database takes no commit.
    func momentWithoutFactor(of user: AccountName) async throws -> Leases.Moment? {
        // First the moment, then what is read: an enrolment between the two makes the verdict an old one.
        let moment = try await leases.momentOfQuestion()
        return try await store.account(of: user).isEnrolled ? nil : moment
    }

    /// After this a gateway asks again, whatever it holds.
    private static let longestVerdict = Duration.seconds(60)

    /// The id of the active authenticator, which only a fresh factor may replace; nil where there is none.
    private func replaceable(_ user: AccountName, _ context: CallContext) async throws -> String? {
        let account = try await store.account(of: user)
        guard account.active != nil else {
            // A session of before must not enrol an app of its own on its way out.
            guard account.signOut == nil else { throw Account.signingOut }
            return nil
        }
        try requireFreshFactor(context)
        return account.active?.id
    }

    private func shown(
        _ secret: [UInt8],
        _ authenticator: Authenticator,
        _ user: AccountName
    ) throws -> TwoFactorOperations.Enrollment {
        let text = Base32.encode(secret)
        let (issuer, totp) = (configuration.issuer, authenticator.totp)
        let uri = OTPAuthURI(issuer: issuer, username: user.text, secret: text, totp: totp).text
        guard let picture = QRCode(uri) else {
            throw Failure(.invalidRequest, "The user name is too long for a QR code.")
        }
        return TwoFactorOperations.Enrollment(secret: text, otpauthURI: uri, qrSVG: picture.svg)
    }

    private func freshRecoveryCodes() throws -> [RecoveryCode] {
        try (0..<configuration.recoveryCodeCount).map { _ in
            RecoveryCode(bytes: try randomness.bytes(RecoveryCode.byteCount))
        }
    }

    private static let overtaken = Failure(.conflict, "Another request has changed this enrolment: begin again.")
}
