// Something to put on record, before it has its place in the log.

package struct AuditNote: Sendable, Equatable {
    /// Unix milliseconds.
    package let at: Int
    package let operation: String
    /// `ok`, or the code of the error.
    package let outcome: String
    /// The account or key that it was done to.
    package let subject: String
    package let source: AuditSource

    package init(at: Int, _ operation: String, _ outcome: String, on subject: String, from source: AuditSource) {
        self.at = at
        self.operation = operation
        self.outcome = outcome
        self.subject = subject
        self.source = source
    }
}
