// A failure together with the `WWW-Authenticate` challenge that belongs to it (RFC 6750, RFC 9470).

internal import Bus

struct Refused: Error, Equatable {
    let failure: Failure
    let challenge: String?

    init(_ failure: Failure, challenge: String? = nil) {
        self.failure = failure
        self.challenge = challenge
    }

    static let plainChallenge = "Bearer realm=\"fountain\""

    /// No credential where one is needed.
    static let missing = Refused(
        Failure(.unauthenticated, "Send a token as `Authorization: Bearer …`, or an API key as `X-API-Key`."),
        challenge: plainChallenge
    )

    /// What is wrong with the token, for people; it stands in a header too.
    static func invalidToken(_ why: String) -> Refused {
        Refused(
            Failure(.unauthenticated, why),
            challenge: "\(plainChallenge), error=\"invalid_token\", error_description=\"\(Header.quotable(why))\""
        )
    }

    /// Told apart from other bad tokens, since a client can do something about it.
    static let expired = invalidToken("The token has expired.")

    static let invalidAPIKey = invalidToken("The API key is not valid.")

    static func stepUp(_ challenge: Failure.Challenge = .init(acrValues: "aal2")) -> Refused {
        let why = "Verify a one-time password first, and use the token that you get for it."
        let failure = Failure(.insufficientUserAuthentication, why, challenge: challenge)
        return Refused(failure, challenge: Header.stepUp(challenge))
    }

    /// Who the caller is cannot be found out now. Never answered with "yes".
    static let undecided = Refused(
        Failure(.unavailable, "Who you are cannot be checked right now. Try again shortly.", retryAfter: 1)
    )
}
