// Follows one SMTP dialogue through libcurl's callbacks: gives the message, and remembers how far it came.
//
//     connect → AUTH → MAIL → RCPT → DATA → message … "." → 250 = accepted
//
// libcurl reports a refusal with the same number whatever was refused, so the last command sent tells which it was.

final class SMTPDialogue: TransferHandler {
    enum Stage: Equatable {
        case greeting
        case authentication
        case sender
        case recipient
        case message
    }

    private(set) var stage = Stage.greeting
    /// The end of the message was handed to libcurl: from here on the server may have it.
    private(set) var isHandedOver = false
    /// The server has taken responsibility for the message.
    private(set) var isAccepted = false
    private var rest: ArraySlice<UInt8>

    init(message: [UInt8]) {
        rest = message[...]
    }

    func sent(line: [UInt8]) {
        switch String(decoding: line.prefix(5), as: UTF8.self).uppercased() {
        case "AUTH ": stage = .authentication
        case "MAIL ": stage = .sender
        case "RCPT ": stage = .recipient
        case "DATA\r": stage = .message
        default: break
        }
    }

    func received(line: [UInt8]) {
        if isHandedOver && line.starts(with: "250 ".utf8) { isAccepted = true }
    }

    func upload(atMost limit: Int) -> ArraySlice<UInt8> {
        let chunk = rest.prefix(limit)
        rest = rest.dropFirst(limit)
        if rest.isEmpty { isHandedOver = true }
        return chunk
    }
}
