// What came of a handler, in words that its caller may read: a foreign error is logged here and nowhere else.

internal import Logging

typealias HandlerResult = Result<[UInt8], Failure>

extension HandlerResult {
    init(throwing error: any Error, in context: CallContext, _ logger: Logger) {
        switch error {
        // What a service behind this one has said: this one does not drain, and has begun.
        case let failure as Failure where failure.code == .draining:
            self = .failure(Failure(.unavailable, failure.detail))
        case let failure as Failure: self = .failure(failure)
        case is CancellationError: self = .failure(Failure(.cancelled, "The call was cancelled."))
        default:
            logger.error(
                "a handler failed",
                metadata: [
                    "bus.operation": "\(context.operation)", "trace": "\(context.trace.traceID)", "error": "\(error)",
                ]
            )
            self = .failure(
                Failure(.internalError, "The service could not do this. Trace id: \(context.trace.traceID).")
            )
        }
    }

    var failure: Failure? {
        switch self {
        case .success: nil
        case .failure(let failure): failure
        }
    }
}
