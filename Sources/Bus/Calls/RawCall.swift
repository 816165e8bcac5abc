// A call as bytes, before and after the types: what the transport carries, and what came of it.

internal import Synchronization

/// A class, since it is handed on often: one reference counted instead of three.
final class RawCall: Sendable {
    /// The number under which it is under way, for who wants to cancel it; 0 before that. Another with each attempt.
    let id = Atomic<UInt64>(0)
    /// Whether its caller does not wait any more.
    let isGivenUp = Atomic<Bool>(false)
    let service: String
    /// The one of the service's replicas that is meant, by its place in the directory; nil for any.
    let replica: Int?
    let operation: String
    /// Its message, written once, but for the number, which comes with each attempt.
    let message: [UInt8]
    let deadline: Deadline
    /// Whether doing it twice is doing it once.
    let isIdempotent: Bool
    let hasKey: Bool
    let trace: TraceContext?
    /// The span of the hop that it is a part of; 0 where it begins a trace.
    let parent: UInt64

    init(
        service: String,
        replica: Int? = nil,
        _ envelope: Envelope,
        parent: UInt64 = 0,
        message: [UInt8],
        isIdempotent: Bool
    ) {
        (self.service, self.replica, self.parent) = (service, replica, parent)
        operation = envelope.name ?? ""
        self.message = message
        deadline = Deadline(microseconds: envelope.time)
        self.isIdempotent = isIdempotent
        hasKey = envelope.idempotencyKey != nil
        trace = envelope.trace
    }

    var isRepeatable: Bool { isIdempotent || hasKey }
    /// For the answer that does not come.
    var unanswered: Unanswered { Unanswered(operation, isIdempotent: isIdempotent, hasKey: hasKey) }

    /// libzmq ends the connection over a message that is too large, and with it the calls of everybody else.
    ///
    /// - Throws: `Failure` with `payload_too_large`.
    func checkSize(limit: Int) throws(Failure) {
        guard message.count <= limit else {
            throw Failure(.payloadTooLarge, "A message of the bus takes \(limit) bytes.")
        }
    }
}

extension Envelope {
    /// What a message of a call says of it, all but its payload.
    ///
    /// - Throws: `Failure` with `payload_too_large` where a field is longer than a message can say.
    static func call(
        _ operation: String,
        until deadline: Deadline,
        principal: [UInt8]?,
        idempotencyKey: String?,
        client: String?,
        trace: TraceContext
    ) throws(Failure) -> Envelope {
        let longest = max(operation.utf8.count, principal?.count ?? 0, idempotencyKey?.utf8.count ?? 0)
        guard longest <= maxFieldSize else {
            throw Failure(.payloadTooLarge, "A call's name, principal and idempotency key take 65535 bytes each.")
        }
        guard client.map({ $0.utf8.count <= maxClientSize }) ?? true else {
            throw Failure(.payloadTooLarge, "A client's address takes \(maxClientSize) bytes.")
        }
        var envelope = Envelope(kind: .call, time: deadline.microseconds)
        envelope.name = operation
        envelope.principal = principal
        envelope.idempotencyKey = idempotencyKey
        envelope.client = client
        envelope.trace = trace
        return envelope
    }
}

enum CallOutcome: Sendable {
    /// `isRepeat`: an earlier call under the same idempotency key was answered with the same.
    case reply(ArraySlice<UInt8>, isRepeat: Bool)
    /// The service, or the node before it sent anything, has said no.
    case refused(Failure)
    /// The connection ended under way: whether the operation ran, nobody knows.
    case lost(Failure)

    var code: ErrorCode? {
        switch self {
        case .reply: nil
        case .refused(let failure), .lost(let failure): failure.code
        }
    }

    var isRepeat: Bool { if case .reply(_, let isRepeat) = self { isRepeat } else { false } }
}

extension RawCall {
    /// Whether to try again: always where a replica that shuts down has refused, since that one did not begin; after a loss only where
    /// doing it twice is doing it once. Never where nobody is there: that is an answer.
    func mayRepeat(after outcome: CallOutcome) -> Bool {
        switch outcome {
        case .reply: false
        case .refused(let failure): failure.code == .draining
        case .lost: isRepeatable
        }
    }

    /// What its caller hears in the end. Where an attempt was lost and a later one did not begin, the first may have been done all the same.
    func verdict(_ last: Failure, lost: Failure?) -> Failure {
        guard !isIdempotent, let lost, Self.notDone.contains(last.code) else { return last }
        return lost
    }

    /// Codes of a call that did not begin.
    private static let notDone: Set<ErrorCode> = [.unavailable, .overloaded, .draining, .deadlineExceeded, .cancelled]
}
