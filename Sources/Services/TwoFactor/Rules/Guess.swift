// A code as it was handed in, and what it may be compared with.
//
// Exactly as many ASCII digits as codes of this user have, or a recovery code exactly as it was shown. Anything else is malformed: it is
// compared with nothing and charged to nothing (CVE-2025-6014, -6015 came from forgiving spellings).

internal import Secrets

enum Guess: Sendable {
    case digits(OneTimeCode)
    case recovery(RecoveryCode)

    init?(_ text: String, digits: Set<CodeDigits>) {
        if let code = digits.lazy.compactMap({ OneTimeCode(text, digits: $0) }).first {
            self = .digits(code)
        } else if let code = RecoveryCode(text) {
            self = .recovery(code)
        } else {
            return nil
        }
    }
}

/// What a guess is handed in for.
enum GuessPurpose: Sendable {
    case login
    case confirmation
    case contact
}

extension Account {
    /// The factors that a guess would be compared with, hence charged to; empty where there is nothing to guess.
    func factors(for purpose: GuessPurpose, _ guess: Guess, in session: String?, now: Int64) -> [Factor] {
        switch (purpose, guess) {
        case (.login, .digits):
            guard active != nil else { return [] }
            return live(.login, in: session, now) == nil ? [.authenticator] : [.delivered, .authenticator]
        case (.login, .recovery): return active == nil ? [] : [.authenticator]
        case (.confirmation, .digits): return pending == nil ? [] : [.authenticator]
        case (.contact, .digits): return live(.contact, in: session, now) == nil ? [] : [.delivered]
        case (_, .recovery): return []
        }
    }

    /// The code sent for a purpose, unless it has expired or another session asked for it (ASVS 5.0, 6.6.2).
    func live(_ purpose: Challenge.Purpose, in session: String?, _ now: Int64) -> Challenge? {
        live(purpose, now).flatMap { $0.session == nil || $0.session == session ? $0 : nil }
    }

    /// The code sent for a purpose, unless it has expired.
    func live(_ purpose: Challenge.Purpose, _ now: Int64) -> Challenge? {
        challenges[purpose].flatMap { $0.isLive(at: now) ? $0 : nil }
    }
}
