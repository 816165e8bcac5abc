// Tokens: opening a session, going on with it, ending it, and saying whether it lives.
//
//     open ──> refresh token 1 ──spent──> 2 ──spent──> 3 …        each spent once, atomically; all hashed at rest
//                    └ again within the grace: the same 2 (the answer was lost)      └ again later: the session is killed

import Audit
import Bus
import Contracts
import Foundation
import Leases
import Receipts

struct Sessions: Sendable {
    /// A session that goes on: what the caller gets, once it is signed.
    struct Grant: Sendable {
        let session: Session
        let account: Account
        let refreshToken: String
    }

    let environment: Environment
    let signing: SigningKeys

    // MARK: Rules, inside a transaction

    /// Begins a session and sweeps out some of what has expired.
    func open(for account: Account, amr: [String], at now: Timestamp, in tables: any Tables) throws -> Grant {
        try sweep(tables, at: now)
        let session = Session(
            id: try environment.token(),
            username: account.id,
            amr: amr,
            authenticatedAt: now,
            expiresAt: now + environment.configuration.refreshTokenLifetime
        )
        try tables.save(session)
        return Grant(session: session, account: account, refreshToken: try addToken(to: session, in: tables))
    }

    /// Takes out some of what has expired, and shortens what a clock that was ahead, or a longer configuration, has made too long.
    private func sweep(_ tables: any Tables, at now: Timestamp) throws {
        let longest = environment.configuration.refreshTokenLifetime
        try tables.sweep(RefreshToken.self, at: now, longest: longest)
        try tables.sweep(Session.self, at: now, longest: longest)
    }

    /// Ends all sessions of a user but one.
    static func end(of username: String, except kept: String? = nil, _ why: Session.End, in tables: any Tables) throws {
        _ = try tables.endSessions(of: username, except: kept, why)
    }

    static func end(_ session: Session, _ why: Session.End, in tables: any Tables) throws {
        guard session.ended == nil else { return }
        var ended = session
        ended.ended = why
        try tables.save(ended)
    }

    private func addToken(to session: Session, in tables: any Tables) throws -> String {
        let token = try environment.token()
        try tables.save(
            RefreshToken(id: Environment.digest(token), session: session.id, expiresAt: session.expiresAt)
        )
        return token
    }

    // MARK: Operations

    func refresh(_ request: KMS.RefreshRequest, _ context: CallContext) async throws -> KMS.Tokens {
        let (now, id) = (environment.now(), Environment.digest(request.refreshToken))
        let subject = try await environment.store.read { tables in
            try Self.session(of: id, in: tables)?.username
        }
        let signer = try await signing.signer()
        return try await environment.store.audited(
            KMS.refresh.name,
            on: subject ?? "",
            from: AuditSource(context, factor: "refresh"),
            at: now
        ) { tables in try tokens(for: try spend(id, at: now, in: tables), at: now, signer) }
    }

    /// Exchanges a token for its one successor.
    private func spend(_ id: String, at now: Timestamp, in tables: any Tables) throws -> Grant {
        try sweep(tables, at: now)
        guard var token = try tables.find(RefreshToken.self, id), token.isKept(at: now),
            let session = try tables.find(Session.self, token.session), session.isAlive(at: now),
            let account = try tables.find(Account.self, session.username), account.state == .active
        else { throw Self.invalidRefreshToken }
        if let usedAt = token.usedAt {
            // Within: a clock that has gone back must not make the grace longer.
            guard let successor = token.successor, usedAt.isWithin(environment.configuration.refreshGrace, of: now)
            else {
                try Self.end(session, .reuse, in: tables)
                throw Self.invalidRefreshToken
            }
            let text = String(decoding: try open(successor, of: id), as: UTF8.self)
            return Grant(session: session, account: account, refreshToken: text)
        }
        let successor = try addToken(to: session, in: tables)
        token.usedAt = now
        token.successor = try environment.seal(successor.utf8, for: RefreshToken.table, id)
        try tables.save(token)
        return Grant(session: session, account: account, refreshToken: successor)
    }

    private func open(_ successor: Data, of id: String) throws -> [UInt8] {
        try environment.open(successor, of: RefreshToken.table, id)
    }

    /// A token that has run out or been used is as good as any for ending its session, and ending it twice is ending it.
    ///
    /// - Throws: `Failure` with `unauthenticated` where nothing says which session, `invalid_refresh_token` where that is nobody's.
    func logout(_ request: KMS.LogoutRequest, _ context: CallContext) async throws {
        let now = environment.now()
        let user = try context.principal.map { _ in try context.requireUser() }
        let id = request.refreshToken.map(Environment.digest)
        guard user != nil || id != nil else {
            throw Failure(.unauthenticated, "Send the session's access token, or its refresh token.")
        }
        let named = try await environment.store.read { tables in try id.flatMap { try Self.session(of: $0, in: tables) }
        }
        let subject = user?.subject ?? named?.username ?? ""
        try await environment.store.audited(KMS.logout.name, on: subject, from: AuditSource(context), at: now) {
            tables in
            guard user != nil || named != nil else { throw Self.invalidRefreshToken }
            let own = try user?.tokenID.flatMap { try tables.find(Session.self, KMS.session(ofTokenID: $0)) }
            let other = try named.flatMap { try tables.find(Session.self, $0.id) }
            for session in [own, other].compactMap(\.self) where session.username == subject {
                try Self.end(session, .logout, in: tables)
            }
        }
    }

    private static func session(of refreshToken: String, in tables: any Tables) throws -> Session? {
        try tables.find(RefreshToken.self, refreshToken).flatMap { try tables.find(Session.self, $0.session) }
    }

    private static let invalidRefreshToken = Failure(
        KMS.invalidRefreshToken,
        "This refresh token is unknown, expired or revoked. Log in again."
    )

    func check(_ token: KMS.TokenToCheck) async throws -> KMS.TokenVerdict {
        // First the moment, then what is read: a revocation between the two makes the verdict an old one.
        let moment = try await environment.leases.momentOfQuestion()
        let (now, schedule) = (environment.now(), environment.configuration.signingKeys)
        return try await environment.store.read { tables in
            let id = KMS.session(ofTokenID: token.jti)
            try tables.prefetch(SigningKey.self, token.kid)
            try tables.prefetch(Session.self, id)
            try tables.prefetch(Account.self, token.sub)
            guard let key = try tables.find(SigningKey.self, token.kid),
                schedule.canHaveSigned(key, issuedAt: token.iat, expiresAt: token.exp, at: now),
                let session = try tables.find(Session.self, id), session.isAlive(at: now),
                session.username == token.sub,
                let account = try tables.find(Account.self, session.username)
            else { return .inactive }
            // A change of roles ends the sessions, so a token that says other roles than the account was not made here.
            guard account.state == .active, Set(account.roles) == Set(token.roles) else { return .inactive }
            let ends = [session.expiresAt.map { now.distance(to: $0) }, schedule.timeLeft(of: key, at: now)]
            let standing = moment.standing(
                on: [Ground.session(session.id), Ground.user(account.id)],
                goodFor: ends.compactMap(\.self).reduce(Self.longestVerdict, min)
            )
            return KMS.TokenVerdict(active: true, standing: standing)
        }
    }

    /// After this a gateway asks again, whatever it holds.
    private static let longestVerdict = Duration.seconds(60)

    func end(_ sessions: KMS.SessionsToEnd, _ context: CallContext) async throws {
        let (username, now) = (sessions.username.text, environment.now())
        try await environment.store.audited(KMS.endSessions.name, on: username, from: AuditSource(context), at: now) {
            tables in try Self.end(of: username, except: sessions.except, .revoked, in: tables)
        }
    }

    func revoke(_ revocation: KMS.Revocation, _ context: CallContext) async throws {
        guard revocation.username != nil || revocation.jti != nil else {
            throw Failure.invalid("username", "or jti is required")
        }
        let subject = revocation.username?.text ?? revocation.jti ?? ""
        let now = environment.now()
        try await environment.store.audited(KMS.revokeTokens.name, on: subject, from: AuditSource(context), at: now) {
            tables in
            if let username = revocation.username { try Self.end(of: username.text, .revoked, in: tables) }
            if let id = revocation.jti.map(KMS.session), let session = try tables.find(Session.self, id) {
                try Self.end(session, .revoked, in: tables)
            }
        }
    }
}

// MARK: Signing

extension Sessions {
    /// The answer to a login or a refresh; both say no more than the session's first factor.
    func tokens(for grant: Grant, at now: Timestamp, _ signer: TokenSigner) throws -> KMS.Tokens {
        let claims = try claims(
            of: grant.account,
            in: grant.session,
            amr: grant.session.amr,
            acr: KMS.firstFactor,
            authenticatedAt: grant.session.authenticatedAt,
            at: now
        )
        return KMS.Tokens(
            accessToken: try signer.sign(claims),
            expiresIn: claims.exp - claims.iat,
            refreshToken: grant.refreshToken
        )
    }

    /// A stepped-up token is short-lived and brings no refresh token: who holds an old refresh token gains nothing by the owner's step.
    func stepUp(_ request: KMS.StepUpRequest, _ context: CallContext) async throws -> KMS.SteppedUpToken {
        guard !request.amr.isEmpty else { throw Failure.invalid("amr", "must name the method that was verified") }
        let (signer, claim) = (try await signing.signer(), try environment.receipts.claim(context, request))
        let (now, username) = (environment.now(), request.username.text)
        let source = AuditSource(context, factor: request.amr.joined(separator: " "))
        return try await environment.store.audited(KMS.stepUp.name, on: username, from: source, at: now) { tables in
            try environment.once(claim, in: tables, at: now) {
                try stepUp(request, at: now, signer, in: tables)
            }
        }
    }

    private func stepUp(
        _ request: KMS.StepUpRequest,
        at now: Timestamp,
        _ signer: TokenSigner,
        in tables: any Tables
    ) throws -> KMS.SteppedUpToken {
        let username = request.username.text
        guard let session = try tables.find(Session.self, KMS.session(ofTokenID: request.tokenID)),
            session.isAlive(at: now), session.username == username,
            let account = try tables.find(Account.self, username), account.state == .active
        else { throw Failure(.forbidden, "The session of this token has ended. Log in again.") }
        let claims = try claims(
            of: account,
            in: session,
            amr: session.amr + Set(request.amr + ["mfa"]).subtracting(session.amr).sorted(),
            acr: request.acr ?? KMS.secondFactor,
            authenticatedAt: now,
            at: now
        )
        return KMS.SteppedUpToken(accessToken: try signer.sign(claims), expiresIn: claims.exp - claims.iat)
    }

    private func claims(
        of account: Account,
        in session: Session,
        amr: [String],
        acr: String,
        authenticatedAt: Timestamp,
        at now: Timestamp
    ) throws -> AccessClaims {
        let full = now + environment.configuration.accessTokenLifetime
        return AccessClaims(
            iss: environment.configuration.issuer,
            aud: environment.configuration.audience,
            sub: account.id,
            jti: "\(session.id).\(try environment.token())",
            iat: now.seconds,
            exp: min(full, session.expiresAt ?? full).seconds,
            authTime: min(authenticatedAt, now).seconds,
            roles: account.roles,
            amr: amr,
            acr: acr,
            tokenUse: "access"
        )
    }
}
