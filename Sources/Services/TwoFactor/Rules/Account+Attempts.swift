// The attempt ledger, used by every route that compares a code: claim first, compare then, spend at the end.
//
// `claim` and `spend` each run inside one `TwoFactorStore.update`, so that of fifty guesses at once exactly as many are compared as the
// budget has, and of two right ones with the same code one is taken. A step, a sent code and a recovery code are good once.

/// A guess that has been paid for: the factors it may be compared with, and the account as it was then.
struct Claim: Sendable {
    let charged: [Lane]
    let account: Account
    /// Where the guess came from.
    let session: String?

    func isCharged(to factor: Factor) -> Bool { charged.contains { $0.factor == factor } }
}

enum ClaimResult: Sendable {
    case granted(Claim)
    /// Seconds.
    case wait(Int64)
    /// There is nothing that a guess could be compared with.
    case nothing
}

/// What a guess turned out to be.
enum Match: Sendable, Equatable {
    case step(authenticator: String, Int64)
    case challenge(Challenge.Purpose, id: String)
    case recovery(hash: [UInt8])

    var factor: Factor {
        switch self {
        case .step, .recovery: .authenticator
        case .challenge: .delivered
        }
    }
}

extension Account {
    /// Charges a guess to each factor that it will be compared with and that has a guess left.
    mutating func claim(
        _ purpose: GuessPurpose,
        _ guess: Guess,
        in session: String?,
        _ policy: AttemptPolicy,
        now: Int64
    ) -> ClaimResult {
        let isKnown = isKnown(session)
        let lanes = factors(for: purpose, guess, in: session, now: now).map { Lane($0, isKnown: isKnown) }
        guard !lanes.isEmpty else { return .nothing }
        let granted = lanes.filter { attempts[$0, default: AttemptBudget()].claim(policy, now: now) }
        guard !granted.isEmpty else {
            let ready = lanes.compactMap { attempts[$0]?.readyAt }.min() ?? now
            return .wait(max(1, ready - now))
        }
        return .granted(Claim(charged: granted, account: self, session: session))
    }

    /// Uses up what matched; false where it is used up already, was replaced, or has expired.
    ///
    /// Success resets the budget that the match was charged to and no other; the others get back the one guess that this was.
    mutating func spend(_ match: Match, charged: [Lane], _ policy: AttemptPolicy, now: Int64) -> Bool {
        guard useUp(match, now) else { return false }
        for lane in charged {
            if lane.factor == match.factor { attempts[lane] = nil } else { attempts[lane]?.refund(policy) }
        }
        return true
    }

    /// Remembers a session in which a factor was shown.
    mutating func know(_ session: String?) {
        guard let session else { return }
        knownSessions.removeAll { $0 == session }
        knownSessions = (knownSessions + [session]).suffix(Self.mostKnownSessions)
    }

    static let mostKnownSessions = 16
    static let mostUsedSteps = 32

    private mutating func useUp(_ match: Match, _ now: Int64) -> Bool {
        switch match {
        case .step(let authenticator, let step):
            guard let known = active, known.id == authenticator, !usedSteps.contains(step),
                step > known.lastStep || known.isAhead(of: now)
            else { return false }
            active?.lastStep = step
            usedSteps = Set(usedSteps.union([step]).sorted().suffix(Self.mostUsedSteps))
            return true
        case .challenge(let purpose, let id):
            guard live(purpose, now)?.id == id else { return false }
            challenges[purpose] = nil
            return true
        case .recovery(let hash): return recoveryHashes.remove(hash) != nil
        }
    }
}
