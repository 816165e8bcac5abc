// Which entries somebody asks for; what is left out does not matter.

package struct AuditFilter: Sendable, Equatable {
    package var subject: String?
    package var operation: String?

    package static let all = AuditFilter()

    package init(subject: String? = nil, operation: String? = nil) {
        self.subject = subject
        self.operation = operation
    }

    package func matches(_ entry: AuditEntry) -> Bool {
        (subject.map { $0 == entry.subject } ?? true) && (operation.map { $0 == entry.operation } ?? true)
    }
}
