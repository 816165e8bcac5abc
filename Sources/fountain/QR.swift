// `fountain qr`: a QR code in the terminal, for whoever enrols an authenticator app there. It takes the text from standard input alone.

import ArgumentParser
import QRCode

struct QR: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draw a text as QR code in the terminal: the otpauth_uri of an enrolment, for the authenticator app.",
        discussion: """
            Reads the text from standard input, so that the secret in it stays out of the shell's history:
            … | jq -r .otpauth_uri | fountain qr
            """
    )

    func run() throws {
        guard let line = readLine(), let code = QRCode(line) else {
            throw Complaint("One line of text is needed, of at most about 2,300 bytes.")
        }
        try say(code.terminalText)
    }
}
