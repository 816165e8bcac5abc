// Where mail goes out: a submission server, and how far it must be trusted.

package struct SMTPServer: Sendable, Equatable {
    package enum Security: String, Sendable, Codable, CaseIterable {
        /// STARTTLS or nothing.
        case required
        /// STARTTLS where it is offered; with credentials the same as `required`, because an attacker can hide the offer.
        case ifOffered
        /// Plain text; refused together with credentials.
        case none
    }

    package var host: String
    package var port: Int
    package var security: Security
    package var credentials: Credentials?
    /// PEM file of authorities trusted besides the system's directory.
    package var authorityFile: String?
    /// For the whole dialogue.
    package var timeout: Duration

    package init(
        host: String,
        port: Int = 587,
        security: Security = .required,
        credentials: Credentials? = nil,
        authorityFile: String? = nil,
        timeout: Duration = .seconds(15)
    ) {
        self.host = host
        self.port = port
        self.security = security
        self.credentials = credentials
        self.authorityFile = authorityFile
        self.timeout = timeout
    }
}
