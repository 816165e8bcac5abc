// What a handler knows of the call in hand besides its input.
//
// While a handler runs it is the task-local `current`, so that calls made from inside it inherit the deadline, the trace and the client. The
// principal is not inherited: a service that calls another does so by itself, unless it says otherwise.

/// Whom a call acts for, from where it comes, and how long it may take. A handler gets it with its input; no handler
/// makes one.
public struct CallContext: Sendable {
    /// The name of the operation that was called: `kms.login`.
    public let operation: String
    /// The user or API key the call acts for; `nil` where the calling peer acts by itself.
    public let principal: Principal?
    /// The peer on the other side of the connection: over `tcp` whose key it has proved to hold (the topology's `peers`), over `inproc` and
    /// `ipc`, where all are of one owner, what it calls itself.
    public let peer: String
    /// When the caller stops waiting. Calls made from inside the handler inherit it.
    public let deadline: Deadline
    /// The trace that the call belongs to, and the span of this hop.
    public let trace: TraceContext
    /// What the caller repeats a request under; `Store.write(for:_:_:)` answers a repeat with the first answer. `nil`
    /// where it gave none.
    public let idempotencyKey: String?
    /// The address of whoever is outside, for whom the call is made, as `peer` says: for records, not for rights. `nil` where nobody is.
    public let client: String?
    /// Asked before anything is changed for the call, and before its deadline is answered.
    /// Nil where nobody answers before the handler does.
    package internal(set) var effect: CallEffect?

    /// For tests of handlers, and for work that a service does by itself; the bus makes its own for each call.
    public init(
        operation: String,
        principal: Principal? = nil,
        peer: String = "local",
        deadline: Deadline = .after(.seconds(5)),
        trace: TraceContext = .begin(),
        idempotencyKey: String? = nil,
        client: String? = nil
    ) {
        self.operation = operation
        self.principal = principal
        self.peer = peer
        self.deadline = deadline
        self.trace = trace
        self.idempotencyKey = idempotencyKey
        self.client = client
    }

    /// That of the handler which is running in this task; `nil` outside of one.
    @TaskLocal public static var current: CallContext?

    /// The principal, where an operation cannot do without one.
    public func requirePrincipal() throws(Failure) -> Principal {
        guard let principal else { throw Failure(.unauthenticated, "This operation acts for a user: send a token.") }
        return principal
    }
}
