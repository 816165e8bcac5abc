// How a code reaches its user. Implementations: the log (local), a sink (tests), SMTP, Twilio, or one of these by kind of address.
//
// A code by mail or SMS is the weaker factor: who reads the mailbox or owns the number for a while has it (NIST SP 800-63B calls the
// telephone network restricted and does not allow e-mail). It is offered beside the app, never instead of it.

package protocol CodeDelivery: Sendable {
    /// By which way a code would go to an address (nil: the user has confirmed none); nil where this delivery cannot reach it.
    func channel(to contact: Contact?) -> DeliveryChannel?

    /// Returns when the next hop has taken the code; otherwise it counts as not sent.
    func deliver(_ message: CodeMessage) async throws(DeliveryError)
}

package enum DeliveryChannel: String, Sendable {
    case log, sink, email, sms
}

/// One code on its way.
package struct CodeMessage: Sendable, Equatable {
    package let user: AccountName
    /// The digits; secret.
    package let code: String
    package let contact: Contact?
    /// What the user's screen calls the sender.
    package let issuer: String
    /// Whole minutes.
    package let lifetimeMinutes: Int64

    /// The words for a mail or an SMS.
    package var text: String {
        "\(code) is your code for \(issuer). It is good for \(lifetimeMinutes) minutes, once. Nobody will ask you for it."
    }
}

/// Why a code was not sent. Carries no text of the other side: it may hold the address or the code.
package enum DeliveryError: Error, Equatable {
    /// The other side was there and said no.
    case refused
    /// It was not there, or did not answer in time.
    case unreachable
}
