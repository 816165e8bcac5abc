// All that the service knows of one user: the unit that a store reads and changes at once.
//
//     pending ──confirm──> active          recoveryHashes, contact, challenges: only beside an active factor
//     attempts, deliveries: the ledgers; they outlive the factor, so that enrolling anew does not refill them
//     knownSessions: where a code was verified before; their guesses are counted apart from those of strangers
//
// A user nobody has heard of is an empty account; there is no other kind of "not found".

package import Secrets

package struct Account: Sendable, Equatable {
    package var active: Authenticator?
    package var pending: Authenticator?
    /// `RecoveryCode.hash` of those not used yet.
    package var recoveryHashes: Set<[UInt8]> = []
    package var contact: Contact?
    package var challenges: [Challenge.Purpose: Challenge] = [:]
    package var attempts: [Lane: AttemptBudget] = [:]
    package var deliveries = DeliveryBudget()
    /// Of sessions where a code was verified before: whoever has only the password uses up the other one.
    package var knownDeliveries = DeliveryBudget()
    /// Oldest first, at most `mostKnownSessions`.
    package var knownSessions: [String] = []
    /// Of the active authenticator, the latest of them. Beside `lastStep`, so that a step stays used when the clock goes back.
    package var usedSteps: Set<Int64> = []

    /// Set while sessions that began before the last change of a factor have yet to end.
    package var signOut: SignOut?

    package init() {}

    /// Whether a session without a second factor is one that lacks something. As long as sessions of before may be about, it is.
    var isEnrolled: Bool { active != nil || signOut != nil }

    func isKnown(_ session: String?) -> Bool { session.map(knownSessions.contains) ?? false }
}

/// The sessions of a user that have to end.
package struct SignOut: Sendable, Equatable {
    /// Random: a later one is another.
    package let id: String
    /// The session in which the factor was changed, which stays.
    package let kept: String?

    package init(id: String, kept: String?) {
        self.id = id
        self.kept = kept
    }
}

/// An authenticator app: its secret, and the last step whose code was taken.
package struct Authenticator: Sendable, Equatable {
    /// Random; the sealed secret is bound to it and to the user.
    package let id: String
    package let sealedSecret: [UInt8]
    /// Unix seconds.
    package let createdAt: Int64
    /// This step and all before it are used up (RFC 6238 §5.2); -1 before the first.
    package var lastStep: Int64 = -1
    /// As they were when it was enrolled: what the topology says later is for later enrolments.
    package var algorithm = HMAC.Algorithm.sha1
    package var digits = CodeDigits.six

    var totp: TOTP { TOTP(algorithm: algorithm, digits: digits) ?? .standard }

    /// Whether the last step that was taken is one that was to come: then the clock has gone back, and ascending from there would refuse
    /// every code until that time comes again.
    func isAhead(of now: Int64) -> Bool { totp.step(atUnixSeconds: now).map { lastStep > $0 + 1 } ?? false }

    /// The same one with its secret sealed anew.
    func with(sealedSecret: [UInt8]) -> Authenticator {
        Authenticator(
            id: id,
            sealedSecret: sealedSecret,
            createdAt: createdAt,
            lastStep: lastStep,
            algorithm: algorithm,
            digits: digits
        )
    }
}

/// A code that was sent and waits to come back.
package struct Challenge: Sendable, Equatable {
    package enum Purpose: String, Sendable, CaseIterable {
        /// To log in.
        case login
        /// To prove that an address is the user's.
        case contact
    }

    /// Random: which code it is, so that one that has been replaced cannot be spent.
    package let id: String
    /// `DeliveredCode.hash`.
    package let codeHash: [UInt8]
    /// Where it went; nil where the delivery needs no address.
    package let contact: Contact?
    /// Unix seconds.
    package let sentAt: Int64
    /// Unix seconds.
    package let expiresAt: Int64
    /// The session that asked for it, in which alone it counts; nil where a peer asked.
    package var session: String?

    /// One that was sent in the future is of a clock that was ahead: how old it is nobody can say, and the next is sent at once.
    func isLive(at now: Int64) -> Bool { now < expiresAt && !now.isBehind(sentAt) }
}

extension Int64 {
    /// Seconds that the clock may have stepped back without what was written before being doubted.
    static let clockTolerance: Int64 = 60

    /// Whether this time, now, shows that the clock has gone back since `time` was written.
    func isBehind(_ time: Int64) -> Bool { time > self + Self.clockTolerance }
}

/// What is guessed. Recovery codes share the app's budget: two doors with a lock each would be twice the guesses.
package enum Factor: String, Sendable, CaseIterable {
    case authenticator
    case delivered
}

/// What a guess is charged to: a factor has one budget for strangers and one for sessions where a code was verified before, so that
/// whoever has only the password can use up his own budget and not the owner's.
package struct Lane: Sendable, Hashable {
    package let factor: Factor
    package let isKnown: Bool

    package init(_ factor: Factor, isKnown: Bool) {
        self.factor = factor
        self.isKnown = isKnown
    }

    package static let authenticator = Lane(.authenticator, isKnown: false)
    package static let delivered = Lane(.delivered, isKnown: false)
}
