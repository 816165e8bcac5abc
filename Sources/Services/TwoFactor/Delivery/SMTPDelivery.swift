// Sends codes by e-mail, through a submission server with STARTTLS and AUTH.
//
// The subject names the service and not the code: subjects are shown on locked screens and kept in logs.

package import HTTPClient

package struct SMTPDelivery: CodeDelivery {
    private let server: SMTPServer
    private let sender: MailAddress
    private let client: SMTPClient

    package init(via server: SMTPServer, from sender: MailAddress, client: SMTPClient = SMTPClient()) {
        self.server = server
        self.sender = sender
        self.client = client
    }

    package func channel(to contact: Contact?) -> DeliveryChannel? {
        guard case .email? = contact else { return nil }
        return .email
    }

    package func deliver(_ message: CodeMessage) async throws(DeliveryError) {
        guard case .email(let text)? = message.contact, let address = MailAddress(text) else { throw .refused }
        let mail = Mail(from: sender, to: address, subject: "Your code for \(message.issuer)", body: message.text)
        do {
            try await client.send(mail, via: server)
        } catch {
            throw DeliveryError(error)
        }
    }
}

extension DeliveryError {
    /// A temporary refusal (4xx: greylisting, a full mailbox) is a refusal too: the code would be old before it went through.
    fileprivate init(_ error: SMTPError) {
        switch error {
        case .authenticationRefused, .senderRefused, .recipientRefused, .messageRefused, .serviceRefused,
            .malformedSubject, .malformedServer, .passwordNeedsTLS:
            self = .refused
        case .unreachable, .tlsNotOffered, .tls, .timedOut, .connectionLost, .cancelled, .overloaded, .outcomeUnknown,
            .other:
            self = .unreachable
        }
    }
}
