// The audit log of a service (the KMS, 2FA) as administrators see it.

/// Which entries an administrator wants to see. Filters are compared exactly; those that are absent let everything
/// through.
public struct AuditQuery: Codable, Sendable {
    /// Entries after this number; the default is from the first.
    public let after: Int?
    /// 1 to 1000; the default is 100.
    public let limit: Int?
    /// Only what was done to this account or key.
    public let subject: String?
    /// Only this operation: `kms.login`.
    public let operation: String?

    /// Without arguments: the first 100 entries. The service refuses a `limit` or `after` out of bounds with
    /// `invalid_request`.
    public init(after: Int? = nil, limit: Int? = nil, subject: String? = nil, operation: String? = nil) {
        self.after = after
        self.limit = limit
        self.subject = subject
        self.operation = operation
    }
}

/// One entry: an operation that somebody called, and how it ended. Never a password, key or code.
public struct AuditRecord: Codable, Sendable, Equatable {
    /// From 1, without holes.
    public let number: Int
    /// Unix milliseconds.
    public let at: Int
    /// The operation that was called: `kms.login`.
    public let operation: String
    /// `ok`, or the code of the error.
    public let outcome: String
    /// The account or key that it was done to.
    public let subject: String
    /// Who did it: `user:ada`, `api_key:job`, or `peer:gateway` where nobody had logged in.
    public let principal: String
    /// The peer that the call came from.
    public let peer: String
    /// The trace id of the call, as in the logs; empty for what the service did by itself.
    public let trace: String
    /// The authentication methods of the principal, or the one that this call tried: `pwd`, `pwd otp`.
    public let factor: String
    /// The address at which the request came in, as the gateway knows it: `203.0.113.7`. Absent where nobody was outside.
    public let client: String?
    /// SHA-256 over the hash before (32 zero bytes before the first) and this entry's number, at, operation, outcome, subject, principal, peer,
    /// trace and factor, and client where there is one, each as text behind its length in bytes (8 bytes, big-endian); hexadecimal.
    public let hash: String

    package init(
        number: Int,
        at: Int,
        operation: String,
        outcome: String,
        subject: String,
        principal: String,
        peer: String,
        trace: String,
        factor: String,
        client: String? = nil,
        hash: String
    ) {
        self.number = number
        self.at = at
        self.operation = operation
        self.outcome = outcome
        self.subject = subject
        self.principal = principal
        self.peer = peer
        self.trace = trace
        self.factor = factor
        self.client = client
        self.hash = hash
    }
}

/// Entries in the order of their numbers. There is no cursor: go on with `after` the last number.
public struct AuditPage: Codable, Sendable, Equatable {
    /// At most `limit` of them; none behind the end.
    public let entries: [AuditRecord]
    package init(entries: [AuditRecord]) { self.entries = entries }
}

/// Whether each entry's hash follows from the one before it.
public struct AuditVerdict: Codable, Sendable, Equatable {
    /// False where an entry was changed, taken out or put in; `brokenAt` says where.
    public let whole: Bool
    /// How many entries were followed, up to the break where there is one.
    public let entries: Int
    /// The hash of the last entry. Kept elsewhere, it shows later that the end was not cut off.
    public let head: String
    /// The first entry that does not fit.
    public let brokenAt: Int?

    package init(whole: Bool, entries: Int, head: String, brokenAt: Int?) {
        self.whole = whole
        self.entries = entries
        self.head = head
        self.brokenAt = brokenAt
    }

    enum CodingKeys: String, CodingKey {
        case whole, entries, head
        case brokenAt = "broken_at"
    }
}
