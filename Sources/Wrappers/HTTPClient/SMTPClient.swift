// Outbound mail by libcurl: one message, one recipient, one connection.
//
// `send` returns only when the server has taken responsibility (250 after the message); everything else is an error
// that says what was refused. It refuses passwords without TLS, header injection, and more mails at once than set.
// libcurl waits for the answer to QUIT on the thread that carries the transfer, so every mail has a thread of its own.
import CCurl
package import Foundation
import Synchronization

package final class SMTPClient: Sendable {
    private let maximumInFlight: Int
    private let inFlight = Mutex(0)

    package init(maximumInFlight: Int = 8) {
        self.maximumInFlight = maximumInFlight
    }

    /// Hands the mail to the server. `messageID` and `date` are the mail's own, so that a repeated one is recognised.
    package func send(
        _ mail: Mail,
        via server: SMTPServer,
        messageID: UUID = UUID(),
        date: Date = Date()
    ) async throws(SMTPError) {
        let message = MailMessage(mail: mail, date: date, messageID: messageID.uuidString.lowercased())
        guard let bytes = message.bytes else { throw .malformedSubject }
        try server.validate()
        guard admit() else { throw .overloaded }
        defer { inFlight.withLock { $0 -= 1 } }

        let dialogue = SMTPDialogue(message: bytes)
        let transfer = Transfer(server.easyHandle(mail, byteCount: bytes.count), handler: dialogue)
        let end = await CurlLoop(name: "smtp", maximumInFlight: 1).run(transfer)
        // Whatever became of QUIT: after the 250 the message is the server's.
        if dialogue.isAccepted { return }
        throw SMTPError(
            end,
            stage: dialogue.stage,
            handedOver: dialogue.isHandedOver,
            reply: transfer.easy.responseCode
        )
    }

    private func admit() -> Bool {
        inFlight.withLock { count in
            guard count < maximumInFlight else { return false }
            count += 1
            return true
        }
    }
}

extension SMTPError {
    fileprivate init(_ end: TransferEnd, stage: SMTPDialogue.Stage, handedOver: Bool, reply: Int) {
        switch end {
        case .overloaded: self = .overloaded
        case .cancelled: self = handedOver ? .outcomeUnknown : .cancelled
        case .ended(let code):
            if (400...599).contains(reply) && code != CURLE_OPERATION_TIMEDOUT && code != CURLE_USE_SSL_FAILED {
                self.init(refusedAt: stage, reply: reply)
            } else {
                self = handedOver ? .outcomeUnknown : SMTPError(code)
            }
        }
    }

    private init(refusedAt stage: SMTPDialogue.Stage, reply: Int) {
        switch stage {
        // Whatever was refused: 530 says "authenticate first" (RFC 4954 §6).
        case _ where reply == 530: self = .authenticationRefused(reply: reply)
        case .greeting: self = .serviceRefused(reply: reply)
        case .authentication: self = .authenticationRefused(reply: reply)
        case .sender: self = .senderRefused(reply: reply)
        case .recipient: self = .recipientRefused(reply: reply)
        case .message: self = .messageRefused(reply: reply)
        }
    }

    private init(_ code: CURLcode) {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT: self = .unreachable
        case CURLE_OPERATION_TIMEDOUT: self = .timedOut
        case CURLE_USE_SSL_FAILED: self = .tlsNotOffered
        case CURLE_LOGIN_DENIED: self = .authenticationRefused(reply: 0)
        case _ where code.isTLS: self = .tls
        case _ where code.isConnectionLoss: self = .connectionLost
        default: self = .other(code: Int(code.rawValue))
        }
    }
}
