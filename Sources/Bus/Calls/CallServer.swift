// The answering side of a node: a ROUTER, the callers it knows, and the handlers that are running.
//
// Confined to the node's loop. A call is checked (operation, limits, principal), its handler begins as a task on the loop, and is
// answered exactly once: by its result, or by its deadline, whichever is first; then its slot is free, whatever the handler still does.

internal import Logging
internal import ZeroMQ

final class CallServer {
    private struct Running {
        let peer: CallerID
        let callerID: UInt64
        let operation: String
        let arrived: ContinuousClock.Instant
        var began: ContinuousClock.Instant
        var task: Task<Void, Never>?
    }

    /// libzmq's name for a connection.
    private typealias CallerID = [UInt8]

    private struct Caller {
        var name = "unknown"
        var outstanding = 0
        var lastHeard = ContinuousClock.now
    }

    /// Runs a handler and brings the result back to the loop; the node's, since tasks need an actor to come back to.
    typealias Runner = (_ slot: UInt64, Handlers.Entry, ArraySlice<UInt8>, CallContext) -> Task<Void, Never>

    private let environment: LoopEnvironment
    private let handlers: Handlers
    private let run: Runner
    private let listener: Listener
    private var router: Socket { listener.socket }
    private var callers: [CallerID: Caller] = [:]
    private var running = CallTable<Running>()
    private var byCaller: [CallKey: UInt64] = [:]
    private var meters: [String: OperationMeter] = [:]
    private var deadlineTimer: TimerID?
    private var scratch: [UInt8] = []
    private var onDrained: (() -> Void)?
    private(set) var isDraining = false

    private struct CallKey: Hashable {
        let peer: CallerID
        let id: UInt64
    }

    init(environment: LoopEnvironment, handlers: Handlers, endpoint: String, run: @escaping Runner) throws {
        self.environment = environment
        self.handlers = handlers
        self.run = run
        listener = try Listener(.router, endpoint: endpoint, environment: environment)
        environment.loop.watch(router) { [unowned self] in readMessages() }
    }

    var endpoint: String { listener.endpoint }

    var outstanding: Int { running.count }
    var callerCount: Int { callers.count }
    var operationStats: [OperationStats] { meters.map { $1.stats($0) }.sorted { $0.operation < $1.operation } }

    // MARK: Receiving

    private func readMessages() {
        let now = ContinuousClock.now
        var budget = environment.configuration.receiveBatch
        while budget > 0, let (identity, isLast) = try? router.receive() {
            budget -= 1
            guard !isLast, let body = try? router.receive() else { continue }
            if !body.isLast { skipRest() }
            guard let envelope = try? Envelope(decoding: body.bytes[...]) else { continue }
            receive(envelope, from: identity, at: now)
        }
    }

    /// A message of ours has one frame; what a stranger adds is not read.
    private func skipRest() {
        while let more = try? router.receive(), !more.isLast {}
    }

    private func receive(_ envelope: Envelope, from peer: CallerID, at now: ContinuousClock.Instant) {
        callers[peer, default: Caller()].lastHeard = now
        switch envelope.kind {
        case .call: accept(envelope, from: peer, at: now)
        case .cancel: cancel(CallKey(peer: peer, id: envelope.id))
        case .hello: greet(envelope, peer)
        case .ping: send(Envelope(kind: .pong), to: peer)
        case .bye: forget(peer)
        case .reply, .failure, .welcome, .pong, .draining, .event, .head: break
        }
    }

    private func greet(_ hello: Envelope, _ peer: CallerID) {
        callers[peer]?.name = hello.name ?? "unknown"
        var welcome = Envelope(kind: .welcome)
        welcome.name = environment.configuration.name
        welcome.epoch = environment.epoch
        send(welcome, to: peer)
        if isDraining { send(Envelope(kind: .draining), to: peer) }
    }

    // MARK: A call's way

    private func accept(_ envelope: Envelope, from peer: CallerID, at now: ContinuousClock.Instant) {
        let operation = envelope.name ?? ""
        do {
            let entry = try admit(operation, from: peer)
            let context = try context(of: envelope, operation, peer)
            try entry.description.access.check(context.principal, operation: operation)
            begin(entry, envelope, context, from: peer, at: now)
        } catch {
            if handlers.entries[operation] != nil { meters[operation, default: OperationMeter()].refused(error.code) }
            send(error, to: peer, id: envelope.id)
        }
    }

    private func admit(_ operation: String, from peer: CallerID) throws(Failure) -> Handlers.Entry {
        guard let entry = handlers.entries[operation] else {
            throw Failure(.unknownOperation, "\(environment.configuration.name) has no operation \"\(operation)\".")
        }
        guard !isDraining || operation.hasPrefix("bus.") else {
            throw Failure(.draining, "\(environment.configuration.name) is shutting down.")
        }
        guard running.count < environment.configuration.maxOutstanding,
            callers[peer]?.outstanding ?? 0 < environment.configuration.maxOutstandingPerCaller
        else { throw Failure(.overloaded, "\(environment.configuration.name) has too many calls in hand.", retryAfter: 1) }
        return entry
    }

    private func context(of envelope: Envelope, _ operation: String, _ peer: CallerID) throws(Failure) -> CallContext {
        let deadline = Deadline(microseconds: envelope.time)
        guard !deadline.hasPassed else { throw Failure(.deadlineExceeded, "The call came after its deadline.") }
        var principal: Principal?
        if let bytes = envelope.principal { principal = try PayloadCoding.decode(Principal.self, from: bytes[...]) }
        return CallContext(
            operation: operation,
            principal: principal,
            peer: callers[peer]?.name ?? "unknown",
            deadline: deadline,
            trace: (envelope.trace ?? .begin()).next(),
            idempotencyKey: envelope.idempotencyKey
        )
    }

    private func begin(
        _ entry: Handlers.Entry,
        _ envelope: Envelope,
        _ context: CallContext,
        from peer: CallerID,
        at now: ContinuousClock.Instant
    ) {
        let call = Running(peer: peer, callerID: envelope.id, operation: context.operation, arrived: now, began: .now)
        let slot = running.insert(call, deadline: context.deadline)
        byCaller[CallKey(peer: peer, id: envelope.id)] = slot
        callers[peer]?.outstanding += 1
        running[slot]?.task = run(slot, entry, envelope.payload, context)
        scheduleDeadlines()
    }

    /// A handler has ended; nothing happens where its call was answered before.
    func finish(_ slot: UInt64, _ result: Result<[UInt8], Failure>) {
        guard let call = running.remove(slot) else { return }
        let result = result.flatMap(fitting)
        settle(call, error: result.failure?.code)
        switch result {
        case .success(let payload):
            var reply = Envelope(kind: .reply, id: call.callerID)
            reply.payload = payload[...]
            send(reply, to: call.peer)
        case .failure(let failure): send(failure, to: call.peer, id: call.callerID)
        }
    }

    /// An answer that libzmq would end the connection over becomes one that it takes.
    private func fitting(_ payload: [UInt8]) -> Result<[UInt8], Failure> {
        let size = payload.count + Envelope.headerSize
        guard size > environment.configuration.maxMessageBytes else { return .success(payload) }
        return .failure(Failure(.internalError, "The answer is larger than a message of the bus may be."))
    }

    private func cancel(_ key: CallKey) {
        guard let slot = byCaller[key], let call = running.remove(slot) else { return }
        settle(call, error: .cancelled)
        call.task?.cancel()
    }

    private func settle(_ call: Running, error: ErrorCode?) {
        byCaller[CallKey(peer: call.peer, id: call.callerID)] = nil
        callers[call.peer]?.outstanding -= 1
        let now = ContinuousClock.now
        meters[call.operation, default: OperationMeter()]
            .record(duration: call.arrived.duration(to: now), wait: call.arrived.duration(to: call.began), error: error)
        if isDraining && running.count == 0 { drained() }
    }

    // MARK: Sending

    private func send(_ failure: Failure, to peer: CallerID, id: UInt64) {
        var envelope = Envelope(kind: .failure, id: id)
        envelope.payload = ((try? PayloadCoding.encode(failure)) ?? [])[...]
        send(envelope, to: peer)
    }

    private func send(_ envelope: Envelope, to peer: CallerID) {
        scratch.removeAll(keepingCapacity: true)
        envelope.encode(into: &scratch)
        do {
            switch try router.send(peer, more: true) {
            case .sent: _ = try router.send(scratch)
            case .unroutable: forget(peer)
            // The caller does not read its answers; its calls end by their deadlines.
            case .wouldBlock: dropped += 1
            }
        } catch {
            environment.logger.error("cannot answer", metadata: ["error": "\(error)"])
        }
    }

    /// Answers that found the caller's queue full.
    private(set) var dropped: UInt64 = 0

    /// A caller is gone: what it asked for is nobody's any more.
    private func forget(_ peer: CallerID) {
        callers[peer] = nil
        for (slot, call) in running.all where call.peer == peer {
            _ = running.remove(slot)
            settle(call, error: .cancelled)
            call.task?.cancel()
        }
    }

    // MARK: Time

    private func scheduleDeadlines() {
        guard deadlineTimer == nil else { return }
        deadlineTimer = environment.loop.schedule(after: .milliseconds(5)) { [unowned self] in
            deadlineTimer = nil
            expire()
            if running.count > 0 { scheduleDeadlines() }
        }
    }

    private func expire() {
        for (_, call) in running.expire(now: .now) {
            settle(call, error: .deadlineExceeded)
            call.task?.cancel()
            send(Failure(.deadlineExceeded, "\(call.operation) took too long."), to: call.peer, id: call.callerID)
        }
    }

    /// Callers that have said nothing for long are forgotten; live ones ping.
    func sweep() {
        let limit = environment.configuration.liveness * 2
        let now = ContinuousClock.now
        for (peer, caller) in callers where caller.lastHeard.duration(to: now) > limit { forget(peer) }
    }

    // MARK: Ending

    /// Takes no more calls; `done` is called when what is in hand has been answered.
    func drain(_ done: @escaping () -> Void) {
        isDraining = true
        onDrained = done
        for peer in callers.keys { send(Envelope(kind: .draining), to: peer) }
        if running.count == 0 { drained() }
    }

    private func drained() {
        onDrained?()
        onDrained = nil
    }

    /// Ends everything; `done` is called when the endpoint is free for a successor.
    func close(_ done: @escaping () -> Void) {
        if let deadlineTimer { environment.loop.cancel(deadlineTimer) }
        let failure = Failure(.unavailable, "\(environment.configuration.name) has shut down.")
        for (slot, call) in running.all {
            call.task?.cancel()
            finish(slot, .failure(failure))
        }
        for peer in callers.keys { send(Envelope(kind: .bye), to: peer) }
        listener.close(done)
    }
}

extension Result {
    fileprivate var failure: Failure? {
        switch self {
        case .success: nil
        case .failure(let failure): failure
        }
    }
}

extension OperationMeter {
    /// A call that was refused before its handler began.
    fileprivate mutating func refused(_ code: ErrorCode) { record(duration: .zero, wait: .zero, error: code) }
}
