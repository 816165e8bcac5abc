// A code as it was handed in, and what it may be compared with.
//
// Exactly as many ASCII digits as are configured, or a recovery code exactly as it was shown. Anything else is malformed: it is compared
// with nothing and charged to nothing (CVE-2025-6014, -6015 came from forgiving spellings).

internal import Secrets

enum Guess: Sendable {
    case digits(OneTimeCode)
    case recovery(RecoveryCode)

    init?(_ text: String, digits: CodeDigits) {
        if let code = OneTimeCode(text, digits: digits) {
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
    func factors(for purpose: GuessPurpose, _ guess: Guess, now: Int64) -> [Factor] {
        switch (purpose, guess) {
        case (.login, .digits):
            guard active != nil else { return [] }
            return live(.login, now) == nil ? [.authenticator] : [.delivered, .authenticator]
        case (.login, .recovery): return active == nil ? [] : [.authenticator]
        case (.confirmation, .digits): return pending == nil ? [] : [.authenticator]
        case (.contact, .digits): return live(.contact, now) == nil ? [] : [.delivered]
        case (_, .recovery): return []
        }
    }

    /// The code sent for a purpose, unless it has expired.
    func live(_ purpose: Challenge.Purpose, _ now: Int64) -> Challenge? {
        challenges[purpose].flatMap { now < $0.expiresAt ? $0 : nil }
    }
}
