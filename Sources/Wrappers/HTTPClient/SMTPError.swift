// Why a mail was not accepted, told apart so that its sender can be told the truth. `reply` is the server's SMTP code:
// 4xx may go through later, 5xx will not. No case carries an address, a password or a text of the server.

package enum SMTPError: Error, Equatable {
    /// Host, port, or credentials that cannot be sent.
    case malformedServer
    /// The subject has control characters.
    case malformedSubject
    /// Credentials with `security: .none`: a password is not sent in plain text.
    case passwordNeedsTLS
    /// No address for the host, or nobody accepted the connection.
    case unreachable
    /// The server does not offer STARTTLS, and it is required.
    case tlsNotOffered
    /// Certificate, name or protocol is not trusted.
    case tls
    /// User or password is wrong, or the server wants one.
    case authenticationRefused(reply: Int)
    case senderRefused(reply: Int)
    case recipientRefused(reply: Int)
    /// The server took the addresses and refused the message.
    case messageRefused(reply: Int)
    /// The server refused service before any address.
    case serviceRefused(reply: Int)
    /// The dialogue did not end in time; the message was not handed over.
    case timedOut
    /// The server went away; the message was not handed over.
    case connectionLost
    /// The calling task was cancelled; the message was not handed over.
    case cancelled
    /// As many mails were under way as are allowed.
    case overloaded
    /// The whole message was sent, but no answer to it came: it may have been delivered.
    case outcomeUnknown
    /// Another libcurl error, by its number.
    case other(code: Int)
}
