// What a verified token says: read strictly, and held against the issuer, the audience and the clock.

internal import Bus

struct TokenClaims: Equatable, Sendable {
    /// The key that the token was signed with.
    let keyID: String
    let subject: String
    let roles: [String]
    let issuedAt: Int
    /// The later of `iat` and `nbf`.
    let notBefore: Int
    let expiresAt: Int
    let tokenID: String
    let amr: [String]?
    let authenticatedAt: Int?

    /// Reads the claims and holds them against what is expected at any time. Throws why the token does not count.
    init(_ bytes: [UInt8], signedBy keyID: String, _ settings: TokenSettings) throws(Refused) {
        guard case .object(let claims)? = try? JSONReader.read(bytes) else {
            throw .invalidToken("The token has no claims.")
        }
        try Self.checkOrigin(claims, issuer: settings.issuer, audience: settings.audience)
        guard let subject = claims.text("sub"), let tokenID = claims.text("jti"), let issuedAt = claims.seconds("iat"),
            let expiresAt = claims.seconds("exp"), let roles = claims.texts("roles"),
            claims.text("token_use") == "access",
            let notBefore = claims["nbf"] == nil ? issuedAt : claims.seconds("nbf")
        else { throw .invalidToken("The token is no access token.") }
        // Whoever has a key that leaked writes what he likes: no token lives longer than one that was made for its holder.
        let (life, overflow) = expiresAt.subtractingReportingOverflow(issuedAt)
        guard !overflow, life <= settings.longestLife else { throw .invalidToken("The token claims too long a life.") }
        self.keyID = keyID
        self.subject = subject
        self.tokenID = tokenID
        self.issuedAt = issuedAt
        self.notBefore = max(issuedAt, notBefore)
        self.expiresAt = expiresAt
        self.roles = roles
        amr = claims.texts("amr")
        authenticatedAt = claims.seconds("auth_time")
    }

    /// What changes with time, and is therefore asked at each request: whether the token has begun to count, and has not ended.
    func check(at now: Int, leeway: Int) throws(Refused) {
        guard expiresAt > now else { throw .expired }
        guard notBefore <= now + leeway else { throw .invalidToken("The token is not valid yet.") }
    }

    private static func checkOrigin(
        _ claims: [String: JSONValue],
        issuer: String,
        audience: String
    ) throws(Refused) {
        guard claims.text("iss") == issuer else { throw .invalidToken("The token is of another issuer.") }
        let audiences = claims.text("aud").map { [$0] } ?? claims.texts("aud") ?? []
        guard audiences.contains(audience) else { throw .invalidToken("The token is for another audience.") }
    }

    /// Who holds the token, and nothing that it was once good for.
    var holder: Principal { Principal(kind: .user, subject: subject, roles: [], tokenID: tokenID) }

    var principal: Principal {
        Principal(
            kind: .user,
            subject: subject,
            roles: roles,
            amr: amr,
            authenticatedAt: authenticatedAt,
            tokenID: tokenID
        )
    }
}

extension [String: JSONValue] {
    /// A string of 1–256 bytes: what is let through goes into every envelope.
    fileprivate func text(_ name: String) -> String? {
        guard case .string(let text)? = self[name], (1...256).contains(text.utf8.count) else { return nil }
        return text
    }

    fileprivate func texts(_ name: String) -> [String]? {
        guard case .array(let elements)? = self[name], elements.count <= 64 else { return nil }
        var texts: [String] = []
        for element in elements {
            guard case .string(let text) = element, text.utf8.count <= 128 else { return nil }
            texts.append(text)
        }
        return texts
    }

    /// Seconds since 1970, of at most fifteen digits, so that sums of them cannot overflow; a fraction is cut off.
    fileprivate func seconds(_ name: String) -> Int? {
        switch self[name] {
        case .integer(let seconds) where abs(Double(seconds)) < 1e15: seconds
        case .number(let seconds) where seconds.magnitude < 1e15: Int(seconds)
        default: nil
        }
    }
}
