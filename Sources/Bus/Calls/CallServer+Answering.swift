// A call's way through a service: checked, begun, answered once.
//
//   accept ─ admit (operation, drain, limits) ─ context (deadline, principal) ─ access ─┬─ immediate: answered before the next is read
//                                                                                       └─ suspending: a slot, a task, `finish` or a deadline

internal import Logging
internal import ZeroMQ

extension CallServer {
    func accept(_ envelope: Envelope, from caller: ServedCaller, at now: Arrival) {
        // A number that is in use is no new call: one of them could be neither cancelled nor counted.
        guard caller.slots.isEmpty || caller.slots[envelope.id] == nil else { return }
        let name = envelope.name ?? ""
        guard name.utf8.count <= ServedOperation.longestName else {
            return send(Self.tooLong, to: caller, id: envelope.id, isNotBegun: true)
        }
        let known = operation(name, of: caller)
        do {
            let peer = try trust?.check(caller.user, mayCall: name, access: known?.access)
            let operation = try admit(known, name, envelope, from: caller)
            let context = try context(of: envelope, operation.name, from: peer, caller, at: now.wall)
            try operation.access.check(context.principal, operation: name)
            begin(operation, envelope, context, from: caller, at: now.clock)
        } catch {
            known?.meter.refused(error.code)
            note(refused: name, envelope, from: caller, error.code, at: now.clock)
            send(error, to: caller, id: envelope.id, isNotBegun: true)
        }
    }

    private func operation(_ name: String, of caller: ServedCaller) -> ServedOperation? {
        if let last = caller.lastOperation, last.name == name { return last }
        let operation = operations[name]
        if let operation { caller.lastOperation = operation }
        return operation
    }

    private func admit(
        _ operation: ServedOperation?,
        _ name: String,
        _ envelope: Envelope,
        from caller: ServedCaller
    ) throws(Failure) -> ServedOperation {
        guard let operation else {
            throw Failure(.unknownOperation, "\(environment.configuration.name) has no operation \"\(name)\".")
        }
        guard !isDraining || name.utf8.starts(with: "bus.".utf8) else {
            throw Failure(.draining, "\(environment.configuration.name) is shutting down.")
        }
        guard running.count < environment.configuration.maxOutstanding,
            caller.outstanding < environment.configuration.maxOutstandingPerCaller
        else {
            throw Failure(.overloaded, "\(environment.configuration.name) has too many calls in hand.", retryAfter: 1)
        }
        try weigh(envelope, operation, caller)
        return operation
    }

    private func context(
        of envelope: Envelope,
        _ operation: String,
        from peer: String?,
        _ caller: ServedCaller,
        at now: Deadline
    ) throws(Failure) -> CallContext {
        let deadline = Deadline(microseconds: envelope.time)
        guard deadline > now else { throw late(by: now, deadline) }
        var principal: Principal?
        if let text = envelope.principal { principal = try caller.principal(text) }
        return CallContext(
            operation: operation,
            principal: principal,
            peer: peer ?? caller.name,
            deadline: deadline,
            trace: (envelope.trace ?? .begin()).next(),
            idempotencyKey: envelope.idempotencyKey,
            client: envelope.client
        )
    }

    private func late(by now: Deadline, _ deadline: Deadline) -> Failure {
        let seconds = Double(now.microseconds - min(deadline.microseconds, now.microseconds)) / 1_000_000
        let late =
            "\((seconds * 1_000).rounded() / 1_000) s after its deadline by the clock of \(environment.configuration.name)"
        return Failure(.deadlineExceeded, "The call came \(late). It was not begun.")
    }

    private func begin(
        _ operation: ServedOperation,
        _ envelope: Envelope,
        _ context: CallContext,
        from caller: ServedCaller,
        at now: UInt64
    ) {
        let call = Running(
            caller: caller,
            peer: context.peer,
            callerID: envelope.id,
            operation: operation,
            hasKey: context.idempotencyKey != nil,
            bytes: envelope.payload.count,
            arrived: now,
            began: KernelClock.nanoseconds,
            effect: operation.handler.mayWait ? CallEffect() : nil,
            trace: context.trace,
            parent: envelope.trace?.span ?? 0
        )
        switch operation.handler {
        case .immediate(let body):
            let result = fitting(result(of: body, envelope.payload, context), of: operation)
            record(call, error: result.failure?.code)
            answer(call, result)
        case .suspending(let body): start(call, body, envelope.payload, context)
        }
    }

    private func result(
        of body: @Sendable (ArraySlice<UInt8>, CallContext) throws -> [UInt8],
        _ payload: ArraySlice<UInt8>,
        _ context: CallContext
    ) -> HandlerResult {
        do {
            return .success(try CallContext.$current.withValue(context) { try body(payload, context) })
        } catch {
            return HandlerResult(throwing: error, in: context, environment.logger)
        }
    }

    private func start(
        _ call: Running,
        _ body: @escaping SuspendingBody,
        _ payload: ArraySlice<UInt8>,
        _ context: CallContext
    ) {
        var context = context
        context.effect = call.effect
        let slot = running.insert(call, deadline: context.deadline)
        call.caller.slots[call.callerID] = slot
        weigh(call, 1)
        // Before the handler begins: it may have ended when `run` returns.
        deadlines.begin()
        let task = run(slot, body, payload, context)
        running.update(slot) { $0.task = task }
    }

    /// A handler has ended; nothing happens where its call was answered before.
    func finish(_ slot: UInt64, _ result: HandlerResult) {
        guard let call = running.remove(slot) else { return }
        let result = fitting(ended(result, call), of: call.operation)
        settle(call, error: result.failure?.code)
        answer(call, result)
    }

    /// A handler that was cancelled while somebody waits for it says nothing of what it has done; one that gave up because of the time speaks
    /// only for the part that it did not begin.
    private func ended(_ result: HandlerResult, _ call: Running) -> HandlerResult {
        guard case .failure(let failure) = result else { return result }
        switch failure.code {
        case .cancelled:
            let code = call.isOverdue ? ErrorCode.deadlineExceeded : .cancelled
            return .failure(call.unanswered.failure(code, "The service broke it off."))
        case .deadlineExceeded where call.effect?.hasBegun == true:
            return .failure(call.unanswered.failure(.deadlineExceeded, "Its deadline passed before its end."))
        default: return result
        }
    }

    private func answer(_ call: Running, _ result: HandlerResult) {
        switch result {
        case .success(let payload):
            guard call.caller.mayGet(payload.count, environment.configuration.limits) else {
                let failure = call.unanswered.failure(.overloaded, "Its caller does not read the answers before it.")
                return send(failure, to: call.caller, id: call.callerID)
            }
            var reply = Envelope(kind: .reply, id: call.callerID)
            reply.isRepeat = call.effect?.isRepeat == true
            reply.payload = payload[...]
            send(reply, to: call.caller)
        case .failure(let failure): send(failure, to: call.caller, id: call.callerID)
        }
    }

    /// An answer that libzmq would end the connection over becomes one that it takes.
    private func fitting(_ result: HandlerResult, of operation: ServedOperation) -> HandlerResult {
        guard case .success(let payload) = result, payload.count + Envelope.headerSize > messageLimit else {
            return result
        }
        environment.logger.error(
            "an answer is too large",
            metadata: ["bus.operation": "\(operation.name)", "bytes": "\(payload.count)", "limit": "\(messageLimit)"]
        )
        return .failure(
            Failure(
                .internalError,
                "\(operation.name) was done, but its answer has \(payload.count) bytes, and a message of the bus takes \(messageLimit)."
            )
        )
    }

    // MARK: Other ends

    func cancel(_ id: UInt64, of caller: ServedCaller) {
        guard let slot = caller.slots[id], let call = running.remove(slot) else { return }
        settle(call, error: .cancelled)
        call.task?.cancel()
    }

    /// Whether any call is still under way.
    func expire() -> Bool {
        let grace = environment.configuration.answerGrace
        var overdue: [Task<Void, Never>] = []
        let expired = running.expire(now: .now) { call in
            guard !call.isOverdue else { return nil }
            let nothingBegan = call.effect?.abandon() != false
            guard !nothingBegan || !call.operation.isIdempotent else { return nil }
            call.isOverdue = true
            if let task = call.task { overdue.append(task) }
            return .after(grace)
        }
        // What has not begun within it does not begin; what runs is waited for.
        for task in overdue { task.cancel() }
        for (_, call) in expired {
            let failure = call.unanswered.failure(.deadlineExceeded, "\(call.operation.name) took too long.")
            settle(call, error: failure.code)
            call.task?.cancel()
            send(failure, to: call.caller, id: call.callerID)
        }
        return running.count > 0
    }

    func settle(_ call: Running, error: ErrorCode?) {
        call.caller.slots[call.callerID] = nil
        weigh(call, -1)
        record(call, error: error)
        checkIsDrained()
    }

    private func record(_ call: Running, error: ErrorCode?) {
        let (took, wait) = (KernelClock.nanoseconds - call.arrived, call.began - call.arrived)
        call.operation.meter.record(nanoseconds: took, wait: wait, error: error)
        guard environment.spans.isOn, !call.operation.isBuiltin else { return }
        environment.spans.record(
            SpanRecord(
                kind: .served,
                trace: call.trace,
                parent: call.parent,
                name: call.operation.name,
                other: call.peer,
                began: call.arrived,
                queue: wait,
                duration: took,
                error: error?.name,
                isFailure: error?.isOurs == true,
                isRepeat: call.effect?.isRepeat == true,
                disk: call.effect?.diskTime ?? 0
            )
        )
    }

    /// A call that was refused before its handler began.
    private func note(
        refused name: String,
        _ envelope: Envelope,
        from caller: ServedCaller,
        _ code: ErrorCode,
        at now: UInt64
    ) {
        guard environment.spans.isOn, let trace = envelope.trace else { return }
        environment.spans.record(
            SpanRecord(
                kind: .served,
                trace: trace.next(),
                parent: trace.span,
                name: name,
                other: trust?.name(of: caller.user) ?? caller.name,
                began: now,
                duration: KernelClock.nanoseconds - now,
                error: code.name,
                isFailure: code.isOurs
            )
        )
    }
}

extension OperationMeter {
    /// A call that was refused before its handler began.
    fileprivate mutating func refused(_ code: ErrorCode) { record(nanoseconds: 0, wait: 0, error: code) }
}
