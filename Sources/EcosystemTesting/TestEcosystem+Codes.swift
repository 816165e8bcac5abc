// One-time codes as they are sent in a test's ecosystem: they reach nobody, wait here until they are taken, and fail to be sent where a test
// wants that. So it is where the topology says `two_factor: {delivery: sink}`, as those of `TestTopology` do; elsewhere nothing comes here.

import TwoFactor

/// A one-time code as it was sent to a user.
public struct SentCode: Sendable, Equatable {
    /// Whose it is, as the KMS spells the account's name.
    public let user: String
    /// The digits.
    public let code: String
    /// The address or number that it went to; nil where the user has confirmed none.
    public let contact: String?
    /// What the user's screen calls the sender.
    public let issuer: String
    /// How long it is good, in whole minutes.
    public let minutes: Int

    init(_ message: CodeMessage) {
        (user, code, contact) = (message.user.text, message.code, message.contact?.address)
        (issuer, minutes) = (message.issuer, Int(message.lifetimeMinutes))
    }
}

/// Why a code is not sent.
public enum DeliveryTrouble: Sendable, CaseIterable {
    /// The next hop is there and says no: whoever asked for a code is answered `delivery_failed`.
    case refused
    /// It is not there, or does not answer in time: whoever asked for a code is answered `unavailable`.
    case unreachable

    fileprivate var error: DeliveryError {
        switch self {
        case .refused: .refused
        case .unreachable: .unreachable
        }
    }
}

extension TestEcosystem {
    /// Takes the oldest one-time code for a user that has not been taken, as soon as there is one; nil where the task is cancelled first.
    public func code(for user: String) async -> String? { await sentCode(for: user)?.code }

    /// The same with all that was said of it: where it went, and how long it is good.
    public func sentCode(for user: String) async -> SentCode? {
        await ecosystem.sink.next(for: user).map(SentCode.init)
    }

    /// The codes for a user that were sent and have not been taken, oldest first; it takes none, and waits for none.
    public func sentCodes(to user: String) async -> [SentCode] {
        await ecosystem.sink.left(for: user).map(SentCode.init)
    }

    /// Lets every code fail to be sent from now on, or with nil be sent again. One that failed counts as sent for whoever asks for the next too soon.
    public func failDeliveries(_ trouble: DeliveryTrouble?) async { await ecosystem.sink.fail(with: trouble?.error) }
}
