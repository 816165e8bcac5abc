// The answering side of a node: a ROUTER, the callers it knows, and the handlers that are running.
//
// Confined to the node's loop. A call is checked (operation, limits, principal), its handler begins as a task on the loop, and is
// answered exactly once: by its result, or by its deadline, whichever is first; then its slot is free, whatever the handler still does.

internal import Logging
internal import ZeroMQ

final class CallServer {
    private struct Running {
        let caller: Caller
        let callerID: UInt64
        let operation: ServedOperation
        let arrived: ContinuousClock.Instant
        var began: ContinuousClock.Instant
        var task: Task<Void, Never>?
    }

    /// One connection. An object, so that a message looks its caller up once and not at every step of its way.
    private final class Caller {
        /// libzmq's name for the connection.
        let identity: [UInt8]
        /// What the ZAP handler said of the connection; empty where it was not asked.
        let user: String
        /// What it calls itself; believed only where `trust` has nothing better.
        var name = "unknown"
        var lastHeard: ContinuousClock.Instant
        var batch: Batch
        var takesBatches = false
        var isFlushDue = false
        /// The slots of its calls in hand, by its own numbers for them.
        var slots: [UInt64: UInt64] = [:]
        var outstanding: Int { slots.count }

        init(identity: [UInt8], user: String, at now: ContinuousClock.Instant, batch: Batch) {
            self.batch = batch
            self.identity = identity
            self.user = user
            lastHeard = now
        }
    }

    private final class ServedOperation {
        let entry: Handlers.Entry
        var meter = OperationMeter()
        init(_ entry: Handlers.Entry) { self.entry = entry }
        var name: String { entry.description.name }
    }

    /// Runs a handler and brings the result back to the loop; the node's, since tasks need an actor to come back to.
    typealias Runner = (_ slot: UInt64, Handlers.Entry, ArraySlice<UInt8>, CallContext) -> Task<Void, Never>

    private let environment: LoopEnvironment
    private let operations: [String: ServedOperation]
    private let run: Runner
    let listener: Listener
    /// Who may call what; nil where all who can come here are of one owner.
    private let trust: Trust?
    private var router: Socket { listener.socket }
    private var callers: [[UInt8]: Caller] = [:]
    /// The one whose message came last: often it is the same again.
    private var lastCaller: Caller?
    private var identity: [UInt8] = []
    private var user = ""
    private var running = CallTable<Running>()
    private var deadlineTimer: TimerID?
    private var onDrained: (() -> Void)?
    private(set) var isDraining = false
    private var isClosed = false

    /// When a batch of messages was taken from the socket, on both clocks: one reading serves them all.
    private struct Arrival {
        let clock: ContinuousClock.Instant
        let wall: Deadline
    }

    init(environment: LoopEnvironment, handlers: Handlers, endpoint: String, run: @escaping Runner) throws {
        self.environment = environment
        operations = handlers.entries.mapValues { ServedOperation($0) }
        self.run = run
        trust = environment.trust(at: endpoint)
        listener = try Listener(.router, endpoint: endpoint, environment: environment)
        environment.loop.watch(router) { [weak self] in self?.readMessages() }
    }

    var endpoint: String { listener.endpoint }

    var outstanding: Int { running.count }
    var callerCount: Int { callers.count }
    var operationStats: [OperationStats] {
        let called = operations.values.filter { $0.meter.count > 0 }
        return called.map { $0.meter.stats($0.name) }.sorted { $0.operation < $1.operation }
    }

    // MARK: Receiving

    private func readMessages() {
        let now = Arrival(clock: .now, wall: .now)
        var budget = environment.configuration.receiveBatch
        while budget > 0, let isLast = try? router.receive(into: &identity) {
            budget -= 1
            guard !isLast, let body = try? router.receive(user: &user) else { continue }
            if !body.isLast { skipRest() }
            budget -= Envelope.each(in: body.bytes) { receive($0, from: caller(at: now.clock), at: now) } - 1
        }
    }

    /// The sender of the message in hand. libzmq's names for connections can be chosen by who connects, so one that was somebody else's
    /// is another caller.
    private func caller(at now: ContinuousClock.Instant) -> Caller {
        if trust == nil { user = "" }
        if let lastCaller, lastCaller.identity == identity, lastCaller.user == user { return lastCaller }
        if let known = callers[identity], known.user != user { forget(known) }
        let caller =
            callers[identity]
            ?? Caller(
                identity: identity,
                user: user,
                at: now,
                batch: Batch(maxMessageBytes: environment.configuration.maxMessageBytes)
            )
        callers[identity] = caller
        lastCaller = caller
        return caller
    }

    /// A message of ours has one frame; what a stranger adds is not read.
    private func skipRest() {
        while let more = try? router.receive(), !more.isLast {}
    }

    private func receive(_ envelope: Envelope, from caller: Caller, at now: Arrival) {
        caller.lastHeard = now.clock
        switch envelope.kind {
        case .call: accept(envelope, from: caller, at: now)
        case .cancel: cancel(envelope.id, of: caller)
        case .hello: greet(envelope, caller)
        case .ping: send(Envelope(kind: .pong), to: caller)
        case .bye: forget(caller)
        case .reply, .failure, .welcome, .pong, .draining, .event, .head, .batch: break
        }
    }

    private func greet(_ hello: Envelope, _ caller: Caller) {
        caller.name = hello.name ?? "unknown"
        caller.takesBatches = hello.takesBatches
        var welcome = Envelope(kind: .welcome)
        welcome.name = environment.configuration.name
        welcome.epoch = environment.epoch
        welcome.takesBatches = true
        send(welcome, to: caller)
        if isDraining { send(Envelope(kind: .draining), to: caller) }
    }

    // MARK: A call's way

    private func accept(_ envelope: Envelope, from caller: Caller, at now: Arrival) {
        // A number that is in use is no new call: one of them could be neither cancelled nor counted.
        guard caller.slots[envelope.id] == nil else { return }
        let name = envelope.name ?? ""
        do {
            let peer = try trust?.check(caller.user, mayCall: name, access: operations[name]?.entry.description.access)
            let operation = try admit(name, from: caller)
            let context = try context(of: envelope, name, from: peer ?? caller.name, at: now.wall)
            try operation.entry.description.access.check(context.principal, operation: name)
            begin(operation, envelope, context, from: caller, at: now.clock)
        } catch {
            operations[name]?.meter.refused(error.code)
            send(error, to: caller, id: envelope.id, isNotBegun: true)
        }
    }

    private func admit(_ name: String, from caller: Caller) throws(Failure) -> ServedOperation {
        guard let operation = operations[name] else {
            throw Failure(.unknownOperation, "\(environment.configuration.name) has no operation \"\(name)\".")
        }
        guard !isDraining || name.hasPrefix("bus.") else {
            throw Failure(.draining, "\(environment.configuration.name) is shutting down.")
        }
        guard running.count < environment.configuration.maxOutstanding,
            caller.outstanding < environment.configuration.maxOutstandingPerCaller
        else {
            throw Failure(.overloaded, "\(environment.configuration.name) has too many calls in hand.", retryAfter: 1)
        }
        return operation
    }

    private func context(
        of envelope: Envelope,
        _ operation: String,
        from peer: String,
        at now: Deadline
    ) throws(Failure) -> CallContext {
        let deadline = Deadline(microseconds: envelope.time)
        guard deadline > now else { throw Failure(.deadlineExceeded, "The call came after its deadline.") }
        var principal: Principal?
        if let bytes = envelope.principal { principal = try PayloadCoding.decode(Principal.self, from: bytes[...]) }
        return CallContext(
            operation: operation,
            principal: principal,
            peer: peer,
            deadline: deadline,
            trace: (envelope.trace ?? .begin()).next(),
            idempotencyKey: envelope.idempotencyKey
        )
    }

    private func begin(
        _ operation: ServedOperation,
        _ envelope: Envelope,
        _ context: CallContext,
        from caller: Caller,
        at now: ContinuousClock.Instant
    ) {
        let call = Running(caller: caller, callerID: envelope.id, operation: operation, arrived: now, began: .now)
        let slot = running.insert(call, deadline: context.deadline)
        caller.slots[envelope.id] = slot
        // Before the handler begins: it may have ended when `run` returns.
        scheduleDeadlines()
        let task = run(slot, operation.entry, envelope.payload, context)
        running.update(slot) { $0.task = task }
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
            send(reply, to: call.caller)
        case .failure(let failure): send(failure, to: call.caller, id: call.callerID)
        }
    }

    /// An answer that libzmq would end the connection over becomes one that it takes.
    private func fitting(_ payload: [UInt8]) -> Result<[UInt8], Failure> {
        let size = payload.count + Envelope.headerSize
        guard size > environment.configuration.maxMessageBytes else { return .success(payload) }
        return .failure(Failure(.internalError, "The answer is larger than a message of the bus may be."))
    }

    private func cancel(_ id: UInt64, of caller: Caller) {
        guard let slot = caller.slots[id], let call = running.remove(slot) else { return }
        settle(call, error: .cancelled)
        call.task?.cancel()
    }

    private func settle(_ call: Running, error: ErrorCode?) {
        call.caller.slots[call.callerID] = nil
        let now = ContinuousClock.now
        call.operation.meter
            .record(duration: call.arrived.duration(to: now), wait: call.arrived.duration(to: call.began), error: error)
        if isDraining && running.count == 0 { drained() }
    }

    // MARK: Sending

    private func send(_ failure: Failure, to caller: Caller, id: UInt64, isNotBegun: Bool = false) {
        var envelope = Envelope(kind: .failure, id: id)
        envelope.isNotBegun = isNotBegun
        envelope.payload = ((try? PayloadCoding.encode(failure)) ?? [])[...]
        send(envelope, to: caller)
    }

    private func send(_ envelope: Envelope, to caller: Caller) {
        if !caller.takesBatches || caller.batch.mustLeave(before: envelope), flush(caller) != .sent {
            // The caller does not read its answers; its calls end by their deadlines.
            dropped += 1
            return
        }
        caller.batch.append(envelope)
        if !caller.takesBatches || caller.batch.isFull { _ = flush(caller) }
        if !caller.batch.isEmpty { flushAtEndOfTurn(caller) }
    }

    private func flush(_ caller: Caller) -> SendResult {
        do {
            let result = try caller.batch.leave { bytes, start in
                let result = try router.send(caller.identity, more: true)
                return result == .sent ? try router.send(bytes, from: start) : result
            }
            if result == .unroutable { forget(caller) }
            return result
        } catch {
            environment.logger.error("cannot answer", metadata: ["error": "\(error)"])
            caller.batch.clear()
            return .unroutable
        }
    }

    private func flushAtEndOfTurn(_ caller: Caller) {
        guard !caller.isFlushDue else { return }
        caller.isFlushDue = true
        environment.loop.atEndOfTurn { [weak self] in self?.flushAgain(caller) }
    }

    /// What libzmq does not take now is tried again a little later; meanwhile the batch fills up and answers are dropped.
    private func flushAgain(_ caller: Caller) {
        caller.isFlushDue = false
        guard !isClosed, flush(caller) == .wouldBlock else { return }
        caller.isFlushDue = true
        _ = environment.loop.schedule(after: .milliseconds(1)) { [weak self] in self?.flushAgain(caller) }
    }

    /// Answers that found the caller's queue full.
    private(set) var dropped: UInt64 = 0

    /// A caller is gone: what it asked for is nobody's any more.
    private func forget(_ caller: Caller) {
        callers[caller.identity] = nil
        caller.batch.clear()
        if lastCaller === caller { lastCaller = nil }
        for slot in caller.slots.values {
            guard let call = running.remove(slot) else { continue }
            settle(call, error: .cancelled)
            call.task?.cancel()
        }
    }

    // MARK: Time

    private func scheduleDeadlines() {
        guard deadlineTimer == nil else { return }
        deadlineTimer = environment.loop.schedule(after: .milliseconds(5)) { [weak self] in self?.deadlinesAreDue() }
    }

    private func deadlinesAreDue() {
        deadlineTimer = nil
        expire()
        if running.count > 0 { scheduleDeadlines() }
    }

    private func expire() {
        for (_, call) in running.expire(now: .now) {
            settle(call, error: .deadlineExceeded)
            call.task?.cancel()
            send(
                Failure(.deadlineExceeded, "\(call.operation.name) took too long."),
                to: call.caller,
                id: call.callerID
            )
        }
    }

    /// Callers that have said nothing for long are forgotten; live ones ping.
    func sweep() {
        // What lies in the socket has been said in time.
        readMessages()
        let limit = environment.configuration.liveness * 2
        let now = ContinuousClock.now
        for caller in callers.values where caller.lastHeard.duration(to: now) > limit { forget(caller) }
    }

    // MARK: Ending

    /// Takes no more calls; `done` is called when what is in hand has been answered.
    func drain(_ done: @escaping () -> Void) {
        isDraining = true
        onDrained = done
        for caller in callers.values { send(Envelope(kind: .draining), to: caller) }
        if running.count == 0 { drained() }
    }

    private func drained() {
        onDrained?()
        onDrained = nil
    }

    /// Ends everything; `done` is called when the endpoint is free for a successor.
    func close(silently: Bool = false, _ done: @escaping () -> Void) {
        // Until the listener has closed, callers may still ask: a call begun now would set a timer that outlives this object.
        environment.loop.ignore(router)
        if let deadlineTimer { environment.loop.cancel(deadlineTimer) }
        let failure = Failure(.unavailable, "\(environment.configuration.name) has shut down.")
        for (slot, call) in running.all {
            call.task?.cancel()
            if silently { _ = running.remove(slot) } else { finish(slot, .failure(failure)) }
        }
        for caller in callers.values where !silently {
            send(Envelope(kind: .bye), to: caller)
            _ = flush(caller)
        }
        isClosed = true
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
