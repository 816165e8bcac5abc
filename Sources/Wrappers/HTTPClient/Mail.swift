// A plain-text mail, as a value.

package struct Mail: Sendable, Equatable {
    package var from: MailAddress
    package var to: MailAddress
    /// One line of any Unicode text; control characters are refused when it is sent.
    package var subject: String
    /// Any Unicode text; line ends of any kind become CR LF.
    package var body: String

    package init(from: MailAddress, to: MailAddress, subject: String, body: String) {
        self.from = from
        self.to = to
        self.subject = subject
        self.body = body
    }
}
