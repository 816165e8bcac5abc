// A call as bytes, before and after the types: what the transport carries, and what came of it.

/// A class, since it is handed on often and has many parts: one reference counted instead of six.
final class RawCall: Sendable {
    let service: String
    let operation: String
    let payload: [UInt8]
    let principal: [UInt8]?
    let idempotencyKey: String?
    let deadline: Deadline
    let trace: TraceContext
    let isIdempotent: Bool

    init(
        service: String,
        operation: String,
        payload: [UInt8],
        principal: [UInt8]?,
        idempotencyKey: String?,
        deadline: Deadline,
        trace: TraceContext,
        isIdempotent: Bool
    ) {
        self.service = service
        self.operation = operation
        self.payload = payload
        self.principal = principal
        self.idempotencyKey = idempotencyKey
        self.deadline = deadline
        self.trace = trace
        self.isIdempotent = isIdempotent
    }

    func envelope(id: UInt64) -> Envelope {
        var envelope = Envelope(kind: .call, id: id, time: deadline.microseconds)
        envelope.name = operation
        envelope.trace = trace
        envelope.principal = principal
        envelope.idempotencyKey = idempotencyKey
        envelope.payload = payload[...]
        return envelope
    }
}

enum CallOutcome: Sendable {
    case reply(ArraySlice<UInt8>)
    /// The service, or the node before it sent anything, has said no.
    case refused(Failure)
    /// The connection ended under way: whether the operation ran, nobody knows.
    case lost(Failure)
}

extension RawCall {
    /// Whether to try again: always where a replica that shuts down has refused, since that one did not begin; after a loss only where
    /// doing it twice is doing it once. Never where nobody is there: that is an answer.
    func mayRepeat(after outcome: CallOutcome) -> Bool {
        switch outcome {
        case .reply: false
        case .refused(let failure): failure.code == .draining
        case .lost: isIdempotent || idempotencyKey != nil
        }
    }
}
