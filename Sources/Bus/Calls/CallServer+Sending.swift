// What goes back to callers. Answers of one turn of the loop leave together; what a caller does not take is dropped, and its calls end by
// their deadlines.

internal import Logging
internal import ZeroMQ

extension CallServer {
    func send(_ failure: Failure, to caller: ServedCaller, id: UInt64, isNotBegun: Bool = false) {
        var envelope = Envelope(kind: .failure, id: id)
        envelope.isNotBegun = isNotBegun
        envelope.payload = ((try? PayloadCoding.encode(failure)) ?? [])[...]
        if envelope.size > messageLimit { envelope.payload = Self.inShort(failure) }
        send(envelope, to: caller)
    }

    /// A failure whose words are longer than a message: its code is what counts.
    private static func inShort(_ failure: Failure) -> ArraySlice<UInt8> {
        let (name, title) = (String(failure.code.name.prefix(64)), String(failure.code.title.prefix(64)))
        let code = ErrorCode(name, status: failure.code.status, title: title)
        let short = Failure(code, "What there is to say of it is too long for a message.")
        return ((try? PayloadCoding.encode(short)) ?? [])[...]
    }

    /// What a caller is told that does not read: so much more than it may leave unread, and then nothing.
    private static let lastWords = 1 << 20

    func send(_ envelope: Envelope, to caller: ServedCaller) {
        guard caller.mayGet(envelope.size - Self.lastWords, environment.configuration.limits) else {
            dropped += 1
            return
        }
        if !caller.takesBatches || caller.batch.mustLeave(before: envelope.size), flush(caller) != .sent {
            dropped += 1
            return
        }
        caller.batch.append(envelope)
        if !caller.takesBatches || caller.batch.isFull { _ = flush(caller) }
        if !caller.batch.isEmpty { flushAtEndOfTurn(caller) }
    }

    func flush(_ caller: ServedCaller) -> SendResult {
        do {
            let result = try caller.batch.leave { bytes, start in
                let result = try router.send(caller.identity, more: true)
                guard result == .sent else { return result }
                caller.hand(Connection.wireBytes(bytes.count - start, overhead: frameOverhead))
                return try router.send(bytes, from: start)
            }
            if caller.unread.isLookDue { look(at: caller) }
            if result == .unroutable { forget(caller) }
            return result
        } catch {
            environment.logger.error("cannot answer", metadata: ["error": "\(error)"])
            caller.batch.clear()
            return .unroutable
        }
    }

    /// Where the kernel does not count, a ping goes behind what was sent.
    func look(at caller: ServedCaller) {
        guard !caller.look() else { return }
        send(Envelope(kind: .ping, id: caller.beginMark()), to: caller)
    }

    private func flushAtEndOfTurn(_ caller: ServedCaller) {
        guard !caller.isFlushDue else { return }
        caller.isFlushDue = true
        environment.loop.atEndOfTurn { [weak self] in self?.flushAgain(caller) }
    }

    /// What libzmq does not take now is tried again a little later; meanwhile the batch fills up and answers are dropped.
    private func flushAgain(_ caller: ServedCaller) {
        caller.isFlushDue = false
        guard !isClosed, flush(caller) == .wouldBlock else { return }
        caller.isFlushDue = true
        _ = environment.loop.schedule(after: .milliseconds(1)) { [weak self] in self?.flushAgain(caller) }
    }
}
