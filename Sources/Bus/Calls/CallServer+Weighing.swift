// What a call and its answer weigh, and who may have how much under way: counters, looked at before anything is read.

extension CallServer {
    static let tooLong = Failure(
        .invalidRequest,
        "An operation's name has at most \(ServedOperation.longestName) bytes, an idempotency key \(ServedOperation.longestKey)."
    )

    /// Before anything of it is read: how many bytes it is, and how many its caller has in hand and has not read.
    func weigh(_ envelope: Envelope, _ operation: ServedOperation, _ caller: ServedCaller) throws(Failure) {
        let limits = environment.configuration.limits
        let bytes = envelope.payload.count
        guard envelope.idempotencyKey?.utf8.count ?? 0 <= ServedOperation.longestKey else { throw Self.tooLong }
        guard !operation.isBuiltin || bytes <= limits.builtinBytes else {
            throw Failure(.payloadTooLarge, "\(operation.name) takes \(limits.builtinBytes) bytes.")
        }
        guard caller.isWithin(connections: limits.connectionsPerPeer) else {
            throw Failure(
                .overloaded,
                "You have more than \(limits.connectionsPerPeer) connections here.",
                retryAfter: 1
            )
        }
        guard caller.bytesInHand + bytes <= limits.bytesInHand, bytesInHand + bytes <= limits.bytesInHandPerService
        else {
            throw Failure(.overloaded, "The calls in hand are too many bytes.", retryAfter: 1)
        }
        guard caller.mayGet(operation.reserve, limits) else {
            throw Failure(.overloaded, "Read the answers that are on their way first.", retryAfter: 1)
        }
    }

    /// A call is in hand, or is not any more (-1).
    func weigh(_ call: Running, _ sign: Int) {
        bytesInHand += sign * call.bytes
        call.caller.bytesInHand += sign * call.bytes
        call.caller.reserved += sign * call.operation.reserve
    }
}
