// The way of a call out of a node: typed, as bytes, and again where that is safe. All of it runs where its caller runs until the call is
// handed to the loop; a caller that runs beside the sockets gets there without a hop.

internal import Synchronization
internal import ZeroMQ

extension Node {
    /// Calls an operation and waits for its result.
    ///
    /// - Parameters:
    ///   - operation: What to call, as it was declared.
    ///   - input: Its input.
    ///   - service: Who answers; the service that the operation names, where nothing is said.
    ///   - principal: For whom; `nil` calls as this peer itself.
    ///   - idempotencyKey: Lets the bus repeat the call safely, and the service recognise the repeat.
    ///   - timeout: At most this long; inside a handler never longer than the handler's own deadline.
    /// - Returns: Its output.
    /// - Throws: `Failure`, or `CancellationError` where the task is cancelled.
    public nonisolated(nonsending) func call<Input, Output>(
        _ operation: Operation<Input, Output>,
        _ input: Input,
        on service: String? = nil,
        as principal: Principal? = nil,
        idempotencyKey: String? = nil,
        timeout: Duration? = nil
    ) async throws -> Output {
        let reply = try await perform(
            try written(
                operation,
                input,
                for: service ?? operation.service,
                as: principal,
                idempotencyKey: idempotencyKey,
                timeout: timeout
            )
        )
        return try Self.read(reply.payload, of: operation)
    }

    /// The same, for who wants to know whether the answer was given before (`isRepeat`): to an earlier call under this idempotency key.
    public nonisolated(nonsending) func ask<Input, Output>(
        _ operation: Operation<Input, Output>,
        _ input: Input,
        on service: String? = nil,
        as principal: Principal? = nil,
        idempotencyKey: String,
        timeout: Duration? = nil
    ) async throws -> (output: Output, isRepeat: Bool) {
        let reply = try await perform(
            try written(
                operation,
                input,
                for: service ?? operation.service,
                as: principal,
                idempotencyKey: idempotencyKey,
                timeout: timeout
            )
        )
        return (try Self.read(reply.payload, of: operation), reply.isRepeat)
    }

    /// Calls an operation that is known only by name; the payloads are JSON.
    public nonisolated(nonsending) func call(
        _ operation: String,
        payload: [UInt8],
        on service: String? = nil,
        as principal: Principal? = nil,
        idempotencyKey: String? = nil,
        isIdempotent: Bool = false,
        deadline: Deadline? = nil,
        timeout: Duration? = nil,
        trace: TraceContext? = nil
    ) async throws -> ArraySlice<UInt8> {
        try await ask(
            operation,
            payload: payload,
            on: service,
            as: principal,
            idempotencyKey: idempotencyKey,
            isIdempotent: isIdempotent,
            deadline: deadline,
            timeout: timeout,
            trace: trace
        ).payload
    }

    /// The same, for who wants to know whether the answer was given before. `client`: the address of whoever is outside. `trace`: the hop that
    /// the call is a part of, where that is not the call in hand.
    public nonisolated(nonsending) func ask(
        _ operation: String,
        payload: [UInt8],
        on service: String? = nil,
        as principal: Principal? = nil,
        idempotencyKey: String? = nil,
        isIdempotent: Bool = false,
        deadline: Deadline? = nil,
        timeout: Duration? = nil,
        trace: TraceContext? = nil,
        client: String? = nil
    ) async throws -> (payload: ArraySlice<UInt8>, isRepeat: Bool) {
        let hop = Hop(of: trace)
        var envelope = try envelope(
            operation,
            as: principal,
            idempotencyKey: idempotencyKey,
            until: deadline ?? self.deadline(timeout),
            trace: hop.trace,
            client: client
        )
        envelope.payload = payload[...]
        return try await perform(
            RawCall(
                service: service ?? serviceName(ofOperation: operation),
                envelope,
                parent: hop.parent,
                message: envelope.encoded(),
                isIdempotent: isIdempotent
            )
        )
    }

    /// Calls an idempotent operation of one replica of its service, by its place in the directory: for what is between that one and the caller.
    package nonisolated(nonsending) func call(
        _ operation: String,
        payload: [UInt8],
        replica: Int,
        timeout: Duration
    ) async throws -> ArraySlice<UInt8> {
        let hop = Hop(of: nil)
        var envelope = try envelope(
            operation,
            as: nil,
            idempotencyKey: nil,
            until: deadline(timeout),
            trace: hop.trace,
            client: nil
        )
        envelope.payload = payload[...]
        return try await perform(
            RawCall(
                service: serviceName(ofOperation: operation),
                replica: replica,
                envelope,
                parent: hop.parent,
                message: envelope.encoded(),
                isIdempotent: true
            )
        ).payload
    }

    private nonisolated static func read<Input, Output>(
        _ payload: ArraySlice<UInt8>,
        of operation: Operation<Input, Output>
    ) throws(Failure) -> Output {
        do {
            return try PayloadCoding.decode(Output.self, from: payload)
        } catch {
            throw Failure(.badReply, "\(operation.name) answered with something else than declared: \(error.detail)")
        }
    }

    /// A typed call as it travels. Not in `call` itself: what that function knows lives until the answer comes.
    private nonisolated func written<Input, Output>(
        _ operation: Operation<Input, Output>,
        _ input: Input,
        for service: String,
        as principal: Principal?,
        idempotencyKey: String?,
        timeout: Duration?
    ) throws -> RawCall {
        let hop = Hop(of: nil)
        let envelope = try envelope(
            operation.name,
            as: principal,
            idempotencyKey: idempotencyKey,
            until: deadline(timeout),
            trace: hop.trace,
            client: nil
        )
        return RawCall(
            service: service,
            envelope,
            parent: hop.parent,
            message: try PayloadCoding.encode(input, behind: envelope),
            isIdempotent: operation.isIdempotent
        )
    }

    private nonisolated func deadline(_ timeout: Duration?) -> Deadline {
        .after(timeout ?? environment.configuration.callTimeout)
    }

    /// What a call says of itself; within a handler it belongs to the call in hand and ends with it.
    private nonisolated func envelope(
        _ operation: String,
        as principal: Principal?,
        idempotencyKey: String?,
        until latest: Deadline,
        trace: TraceContext,
        client: String?
    ) throws -> Envelope {
        let current = CallContext.current
        return try .call(
            operation,
            until: current.map { min(latest, $0.deadline) } ?? latest,
            principal: try principal.map { try PayloadCoding.encode($0) },
            idempotencyKey: idempotencyKey,
            client: client ?? current?.client,
            trace: trace
        )
    }

    private nonisolated(nonsending) func perform(_ call: RawCall) async throws
        -> (payload: ArraySlice<UInt8>, isRepeat: Bool)
    {
        try call.checkSize(limit: environment.callLimit)
        // What changes something elsewhere is an effect of the call in hand.
        guard call.isIdempotent || CallContext.current?.effect?.begin() != false else {
            throw Failure(.deadlineExceeded, "The deadline passed before \(call.operation) was called.")
        }
        var repeats = 0
        var lost: Failure?
        let began = environment.spans.isFollowed ? KernelClock.nanoseconds : 0
        var last: CallOutcome?
        defer { if began > 0, let last { tell(of: call, last, attempts: repeats + 1, since: began) } }
        while true {
            let outcome = await attempt(call)
            if began > 0 { last = outcome }
            if case .reply(let payload, let isRepeat) = outcome { return (payload, isRepeat) }
            guard let failure = outcome.failure else { throw CancellationError() }
            try Task.checkCancellation()
            if case .lost = outcome { lost = failure }
            // The first repeat goes elsewhere at once; later ones wait, lest a sick service is made sicker.
            let pause = repeats > 0 ? LinkState.backOff(failures: repeats, jitter: .random(in: 0...1)) : .zero
            guard call.mayRepeat(after: outcome), repeats < 8, call.deadline.remaining > pause else {
                throw call.verdict(failure, lost: lost)
            }
            if pause > .zero { try await Task.sleep(for: pause) }
            repeats += 1
        }
    }

    /// The call as its caller saw it, for who follows spans: one, however often it was tried. What every service answers is nobody's request.
    private nonisolated func tell(of call: RawCall, _ outcome: CallOutcome, attempts: Int, since began: UInt64) {
        guard let trace = call.trace, !call.operation.utf8.starts(with: "bus.".utf8) else { return }
        var span = SpanRecord(
            kind: .called,
            trace: trace,
            parent: call.parent,
            name: call.operation,
            other: call.service,
            began: began,
            duration: KernelClock.nanoseconds - began,
            error: outcome.code?.name,
            isFailure: outcome.code?.isOurs == true,
            isRepeat: outcome.isRepeat
        )
        span.attempts = attempts
        environment.spans.tell(span)
    }

    private nonisolated(nonsending) func attempt(_ call: RawCall) async -> CallOutcome {
        await withTaskCancellationHandler {
            await withCheckedContinuation { begin(call, $0) }
        } onCancel: {
            // Whichever of the two comes to the loop first: a call that is given up before it began does not begin.
            call.isGivenUp.store(true, ordering: .relaxed)
            Task(executorPreference: environment.loop) { await self.cancel(call) }
        }
    }

    /// Where we are is asked here and nowhere before: each `await` may have led elsewhere.
    private nonisolated func begin(_ call: RawCall, _ continuation: CheckedContinuation<CallOutcome, Never>) {
        if environment.loop.isCurrent {
            assumeIsolated { $0.start(call, continuation) }
        } else {
            Task(executorPreference: environment.loop) { self.begin(call, continuation) }
        }
    }

    private func start(_ call: RawCall, _ continuation: CheckedContinuation<CallOutcome, Never>) {
        guard !isShutDown else {
            let failure = Failure(.unavailable, "This node has shut down.")
            return continuation.resume(returning: .refused(failure))
        }
        guard !call.isGivenUp.load(ordering: .relaxed) else {
            return continuation.resume(returning: .refused(Failure(.cancelled, "The caller gave up.")))
        }
        client.start(call, continuation)
    }

    private func cancel(_ call: RawCall) { client.cancel(call) }
}

/// A call's own place in a trace, behind the hop that makes it.
private struct Hop {
    let trace: TraceContext
    /// 0 where the trace begins here.
    let parent: UInt64

    init(of trace: TraceContext?) {
        let hop = trace ?? CallContext.current?.trace
        self.trace = hop?.next() ?? .begin()
        parent = hop?.span ?? 0
    }
}

extension CallOutcome {
    fileprivate var failure: Failure? {
        switch self {
        case .reply: nil
        case .refused(let failure), .lost(let failure): failure
        }
    }
}
