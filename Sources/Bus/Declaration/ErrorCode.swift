// The stable names of everything that can go wrong, and the one place where a name meets an HTTP status and a title.
//
// A code is part of the API: clients branch on it, so a name once published is never reused for another meaning. The bus's own codes
// stand here; the ecosystem adds its own in `Contracts`. Codes carry no text about the case in hand: that is `Failure.detail`.

/// A stable name of something that can go wrong, with its HTTP status and title. Clients branch on the name.
public struct ErrorCode: Codable, Sendable, Hashable {
    /// Stable, lower snake case: `deadline_exceeded`.
    public let name: String
    /// The HTTP status that the gateway answers with (RFC 9110).
    public let status: Int
    /// One short sentence that is the same for every occurrence (RFC 9457 `title`).
    public let title: String

    /// Whether the system failed, and not its caller.
    var isOurs: Bool { status >= 500 }

    /// Declares a code of one's own; list it in the operation's `errors`. The name is lower snake case and never
    /// changes its meaning.
    public init(_ name: String, status: Int, title: String) {
        self.name = name
        self.status = status
        self.title = title
    }
}

extension ErrorCode {
    /// The input cannot be read, or breaks a rule; `Failure.fields` says where.
    public static let invalidRequest = ErrorCode("invalid_request", status: 400, title: "The request is not valid")
    /// No credential came, or none that is good.
    public static let unauthenticated = ErrorCode("unauthenticated", status: 401, title: "Authentication is required")
    /// RFC 9470: the caller is known, but this operation asks for a fresher or stronger proof.
    public static let insufficientUserAuthentication = ErrorCode(
        "insufficient_user_authentication",
        status: 401,
        title: "A verified one-time password is required"
    )
    /// The caller is known and has not the role, scope or grant.
    public static let forbidden = ErrorCode("forbidden", status: 403, title: "Not allowed")
    /// What the request names is not there.
    public static let notFound = ErrorCode("not_found", status: 404, title: "Not found")
    /// The service has no operation of that name, or the edge no route of that path.
    public static let unknownOperation = ErrorCode("unknown_operation", status: 404, title: "No such operation")
    /// The path is there under other methods; the edge names them in `Allow`.
    public static let methodNotAllowed = ErrorCode("method_not_allowed", status: 405, title: "Method not allowed")
    /// What is there already does not allow it. The same request will not succeed later by itself.
    public static let conflict = ErrorCode("conflict", status: 409, title: "Conflict with the present state")
    /// A position in a topic's log that is not there any more; the failure says which one is the first that is.
    public static let gone = ErrorCode("gone", status: 410, title: "It is not there any more")
    /// A topic's events mean something else than who asks for them takes them for.
    public static let topicVersion = ErrorCode("topic_version", status: 409, title: "The topic has another version")
    /// RFC 9110 §15.5.13: what the caller said it had read has changed since.
    public static let preconditionFailed = ErrorCode(
        "precondition_failed",
        status: 412,
        title: "It has changed since you read it"
    )
    /// Larger than the operation's `maxBodyBytes`, or than a message may be.
    public static let payloadTooLarge = ErrorCode("payload_too_large", status: 413, title: "The body is too large")
    /// The body has another `Content-Type` than the operation takes.
    public static let unsupportedMediaType = ErrorCode("unsupported_media_type", status: 415, title: "Send JSON")
    /// The key came before with another request; nothing was done.
    public static let idempotencyKeyReused = ErrorCode(
        "idempotency_key_reused",
        status: 422,
        title: "This idempotency key belongs to another request"
    )
    /// Above a rate; `Failure.retryAfter` says when to come again.
    public static let tooManyRequests = ErrorCode("too_many_requests", status: 429, title: "Too many requests")
    /// The caller has closed the connection or ended its task. 499 is not in RFC 9110; nobody is there to read it.
    public static let cancelled = ErrorCode("cancelled", status: 499, title: "The caller gave up")
    /// A handler threw something that is no `Failure`. Its text is in the log only.
    public static let internalError = ErrorCode("internal", status: 500, title: "Something broke on our side")
    /// The answer does not decode as the operation declares it.
    public static let badReply = ErrorCode(
        "bad_reply",
        status: 502,
        title: "A service answered with something unreadable"
    )
    /// No connection to the service, or it says that it cannot work now. What was lost and may not be repeated is `outcome_unknown`.
    public static let unavailable = ErrorCode("unavailable", status: 503, title: "The service is not there")
    /// A queue or a budget is full; a full queue is an answer, never a silent drop.
    public static let overloaded = ErrorCode("overloaded", status: 503, title: "The service has too much in hand")
    /// The service is about to end and takes nothing new; what it has in hand it finishes.
    public static let draining = ErrorCode("draining", status: 503, title: "The service is shutting down")
    /// It was handed on and not answered. 504 and not 503: who gets that may take it for "not begun", and this must be looked at before it is
    /// done again (RFC 9110: a gateway that did not receive an answer).
    public static let outcomeUnknown = ErrorCode(
        "outcome_unknown",
        status: 504,
        title: "It may have been done or not"
    )
    /// There was no answer in time, and it was not begun or may be repeated; else it is `outcome_unknown`.
    public static let deadlineExceeded = ErrorCode("deadline_exceeded", status: 504, title: "The deadline has passed")

    /// What any operation may answer, whether or not its declaration lists it.
    public static let common: [ErrorCode] = [
        .invalidRequest, .unauthenticated, .insufficientUserAuthentication, .forbidden, .notFound, .unknownOperation,
        .methodNotAllowed, .conflict, .gone, .topicVersion, .preconditionFailed, .payloadTooLarge,
        .unsupportedMediaType,
        .idempotencyKeyReused,
        .tooManyRequests,
        .cancelled, .internalError, .badReply, .unavailable, .overloaded, .draining, .deadlineExceeded,
        .outcomeUnknown,
    ]
}
