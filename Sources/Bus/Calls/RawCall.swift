// A call as bytes, before and after the types: what the transport carries, and what came of it.

internal import Synchronization

/// A class, since it is handed on often and has many parts: one reference counted instead of six.
final class RawCall: Sendable {
    /// The number under which it is under way, for who wants to cancel it; 0 before that. Another with each attempt.
    let id = Atomic<UInt64>(0)
    /// Whether its caller does not wait any more.
    let isGivenUp = Atomic<Bool>(false)
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

    /// libzmq ends the connection over a message that is too large, and with it the calls of everybody else.
    ///
    /// - Throws: `Failure` with `payload_too_large`.
    func checkSize(limit: Int) throws(Failure) {
        let fields = [operation.utf8.count, principal?.count ?? 0, idempotencyKey?.utf8.count ?? 0]
        guard fields.allSatisfy({ $0 <= Envelope.maxFieldSize }) else {
            throw Failure(.payloadTooLarge, "A call's name, principal and idempotency key take 65535 bytes each.")
        }
        guard payload.count + fields.reduce(Envelope.headerSize + 64, +) <= limit else {
            throw Failure(.payloadTooLarge, "A message of the bus takes \(limit) bytes.")
        }
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
