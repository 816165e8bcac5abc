// The answering side of a node: a ROUTER, the callers it knows, and the handlers that are running.
//
// Confined to the node's loop. A call is checked (operation, limits, principal), its handler begins, and it is answered exactly once: by
// its result, or by its deadline, whichever is first; then its slot is free, whatever the handler still does. A handler that has begun to
// change something has `answerGrace` more, since its outcome is what its caller needs to know.
//
//   here                     who is heard, time, beginning and ending
//   CallServer+Answering     a call's way
//   CallServer+Sending       what goes back

internal import Logging
internal import ZeroMQ

final class CallServer {
    /// A call whose handler has begun and not ended.
    struct Running {
        let caller: ServedCaller
        /// Whose connection it is, by its key where it has one.
        let peer: String
        let callerID: UInt64
        let operation: ServedOperation
        let hasKey: Bool
        /// Of its message.
        let bytes: Int
        /// On the kernel's clock, in nanoseconds.
        let arrived: UInt64
        let began: UInt64
        let effect: CallEffect?
        let trace: TraceContext
        /// The caller's own span; 0 where it has not told.
        let parent: UInt64
        /// Its deadline has passed, but something had begun by then: its outcome is waited for.
        var isOverdue = false
        var task: Task<Void, Never>?

        /// For the answer that does not come: its handler has begun.
        var unanswered: Unanswered {
            Unanswered(operation.name, isIdempotent: operation.isIdempotent, hasKey: hasKey)
        }
    }

    /// When what is in hand was taken from the socket, on both clocks: one reading serves them all.
    struct Arrival {
        let clock: UInt64
        let wall: Deadline
    }

    typealias SuspendingBody = @Sendable (ArraySlice<UInt8>, CallContext) async throws -> [UInt8]
    /// Runs a handler and brings the result back to the loop; the node's, since tasks need an actor to come back to.
    typealias Runner = (_ slot: UInt64, @escaping SuspendingBody, ArraySlice<UInt8>, CallContext) -> Task<Void, Never>

    let environment: LoopEnvironment
    let operations: [String: ServedOperation]
    let run: Runner
    let listener: Listener
    /// Who may call what; nil where all who can come here are of one owner.
    let trust: Trust?
    var router: Socket { listener.socket }
    /// Bytes that a message to a caller may have.
    let messageLimit: Int
    var running = CallTable<Running>()
    private var callers: [[UInt8]: ServedCaller] = [:]
    /// Callers that are gone, or say so, and whose connections still keep what they have not read.
    private var debtors: [[UInt8]: ServedCaller] = [:]
    private var accounts: [String: PeerAccount] = [:]
    var bytesInHand = 0
    private(set) var refusedFrames = 0
    /// The one whose message came last: often it is the same again.
    private var lastCaller: ServedCaller?
    private var identity: [UInt8] = []
    private var user = ""
    private var descriptor: Int32 = -1
    let frameOverhead: Int
    let deadlines: DeadlineWatch
    private var onDrained: (() -> Void)?
    private(set) var isDraining = false
    /// Nobody is waited for any more who has not said that it has heard of the end.
    private var isLastCallOver = false
    /// Nobody is waited for any more who has not said that it has read the last answer; `nil` before anybody was asked.
    private var isLastAnswerOver: Bool?
    /// The numbers of the pings behind the news of the end, and behind the last answer.
    private static let (lastCall, lastAnswer) = (UInt64.max, UInt64.max - 1)
    private(set) var isClosed = false
    /// Answers that found the caller's queue full.
    var dropped: UInt64 = 0

    init(environment: LoopEnvironment, handlers: Handlers, endpoint: String, run: @escaping Runner) throws {
        self.environment = environment
        operations = handlers.entries.mapValues { ServedOperation($0) }
        self.run = run
        trust = environment.trust(at: endpoint)
        messageLimit = environment.messageLimit(at: endpoint)
        operations[BusOperations.replay.name]?.reserve = environment.configuration.pageBytes
        frameOverhead = environment.configuration.maxMessageBytes - messageLimit
        listener = try Listener(.router, endpoint: endpoint, environment: environment)
        deadlines = DeadlineWatch(loop: environment.loop)
        deadlines.onTick = { [weak self] in self?.expire() ?? false }
        environment.loop.watch(router) { [weak self] in self?.readMessages() }
    }

    var endpoint: String { listener.endpoint }

    var listenerStats: ListenerStats {
        var stats = listener.stats
        stats.refusedFrames = refusedFrames
        return stats
    }

    var outstanding: Int { running.count }
    var callerCount: Int { callers.count }
    var operationStats: [OperationStats] {
        let called = operations.values.filter { $0.meter.count > 0 }
        return called.map { $0.meter.stats($0.name) }.sorted { $0.operation < $1.operation }
    }

    // MARK: Receiving

    private func readMessages() {
        let now = Arrival(clock: KernelClock.nanoseconds, wall: .now)
        var budget = environment.configuration.receiveBatch
        var bytes = environment.configuration.limits.turnBytes
        while budget > 0, bytes > 0 {
            guard let isLast = try? router.receive(into: &identity) else { return listener.noteEmpty() }
            budget -= 1
            guard !isLast, let body = try? router.receive(user: &user, descriptor: &descriptor) else { continue }
            bytes -= body.bytes.count
            let sender = caller(at: now.clock)
            sender.flow?.take(body.bytes.count)
            if !body.isLast { skipRest(of: sender) }
            budget -= read(body.bytes, at: now)
        }
    }

    /// Returns how many messages it was besides the first.
    private func read(_ frame: [UInt8], at now: Arrival) -> Int {
        let limits = environment.configuration.limits
        // All of a frame are of one sender; after its farewell it is looked up again.
        let count = Envelope.each(in: frame, limits) { receive($0, from: lastCaller ?? caller(at: now.clock), at: now) }
        if count == 0 { refuse(frame) }
        // Who asks in large frames is answered in large ones.
        lastCaller?.batch.share(count)
        return max(0, count - 1)
    }

    private func refuse(_ frame: [UInt8]) {
        refusedFrames += 1
        guard refusedFrames.nonzeroBitCount == 1 else { return }
        environment.logger.warning(
            "dropped a batch that is too large",
            metadata: [
                "bus.peer": "\(trust?.name(of: user) ?? "unknown")", "bytes": "\(frame.count)",
                "so far": "\(refusedFrames)",
            ]
        )
    }

    /// The sender of the message in hand. libzmq's names for connections can be chosen by who connects, so one that was somebody else's, or
    /// an earlier connection's, is another caller.
    private func caller(at now: UInt64) -> ServedCaller {
        if trust == nil { user = "" }
        if let lastCaller, isSender(lastCaller) { return lastCaller }
        if let known = callers[identity], !isSender(known) { forget(known) }
        let caller = callers[identity] ?? comesBack() ?? newCaller(at: now)
        callers[identity] = caller
        lastCaller = caller
        return caller
    }

    private func isSender(_ caller: ServedCaller) -> Bool {
        guard caller.identity == identity, caller.user == user else { return false }
        guard let flow = caller.flow else { return true }
        return flow.connection.descriptor == descriptor && !flow.hasEnded
    }

    /// Hello is said on a new connection, mostly: one that has got both name and number of one that has ended is asked for here, before it
    /// is greeted for nothing.
    private func newcomer(_ caller: ServedCaller, at now: UInt64) -> ServedCaller {
        guard let flow = caller.flow, flow.look() == nil else { return caller }
        forget(caller)
        return self.caller(at: now)
    }

    /// Who said goodbye and goes on talking on the same connection has the same debts.
    private func comesBack() -> ServedCaller? {
        guard let debtor = debtors[identity], isSender(debtor) else { return nil }
        return debtors.removeValue(forKey: identity)
    }

    private func newCaller(at now: UInt64) -> ServedCaller {
        let account = trust == nil ? PeerAccount() : accounts[user] ?? PeerAccount()
        if trust != nil { accounts[user] = account }
        return ServedCaller(
            identity: identity,
            user: user,
            at: now,
            batch: Batch(maxMessageBytes: environment.configuration.maxMessageBytes),
            account: account,
            flow: listener.flow(descriptor)
        )
    }

    /// A message of ours has one frame; what a stranger adds is not read.
    private func skipRest(of sender: ServedCaller) {
        for frame in router.skipRest() { sender.flow?.take(frame) }
    }

    private func receive(_ envelope: Envelope, from caller: ServedCaller, at now: Arrival) {
        caller.lastHeard = now.clock
        guard caller.isGreeted || envelope.kind != .call && envelope.kind != .ping else {
            return sendAway(caller, envelope)
        }
        switch envelope.kind {
        case .call: accept(envelope, from: caller, at: now)
        case .cancel: cancel(envelope.id, of: caller)
        case .hello: greet(envelope, newcomer(caller, at: now.clock))
        case .ping: send(envelope.pong, to: caller)
        case .bye: forget(caller)
        case .pong where envelope.id == Self.lastCall:
            caller.end = max(caller.end, .heardOf)
            checkIsDrained()
        case .pong where envelope.id == Self.lastAnswer:
            caller.end = .readAll
            checkIsDrained()
        case .pong: caller.answered(envelope.id)
        case .reply, .failure, .welcome, .draining, .event, .head, .batch: break
        }
    }

    private func greet(_ hello: Envelope, _ caller: ServedCaller) {
        // What it calls itself is kept, and shown: longer than a name it is none.
        guard hello.name?.utf8.count ?? 0 <= ServedOperation.longestName else { return }
        caller.name = hello.name ?? "unknown"
        caller.isGreeted = true
        caller.takesBatches = hello.takesBatches
        var welcome = Envelope(kind: .welcome, id: hello.id, time: Deadline.now.microseconds)
        welcome.name = environment.configuration.name
        welcome.epoch = environment.epoch
        welcome.takesBatches = true
        send(welcome, to: caller)
        if isDraining { announceEnd(to: caller) }
    }

    /// Who has not said hello may have been forgotten, and does not know: served without a name it would be nobody for as long as its connection
    /// stands. It says hello on a new one.
    private func sendAway(_ caller: ServedCaller, _ envelope: Envelope) {
        if envelope.kind == .call {
            let reason = "\(environment.configuration.name) has not been greeted on this connection."
            send(Failure(.draining, reason), to: caller, id: envelope.id, isNotBegun: true)
        }
        sayGoodbye(to: caller)
        forget(caller)
    }

    private func sayGoodbye(to caller: ServedCaller) {
        send(Envelope(kind: .bye), to: caller)
        _ = flush(caller)
    }

    /// A caller is gone: what it asked for is nobody's any more.
    func forget(_ caller: ServedCaller) {
        if callers[caller.identity] === caller { callers[caller.identity] = nil }
        caller.batch.clear()
        settleDebts(of: caller)
        if lastCaller === caller { lastCaller = nil }
        for slot in caller.slots.values {
            guard let call = running.remove(slot) else { continue }
            settle(call, error: .cancelled)
            call.task?.cancel()
        }
        checkIsDrained()
    }

    /// What a connection has not read is held against it until it has, or is gone: also where the caller says goodbye again and again.
    private func settleDebts(of caller: ServedCaller) {
        if caller.look(), caller.unread.bytes > 0, debtors[caller.identity] == nil {
            debtors[caller.identity] = caller
        } else {
            close(caller)
        }
    }

    private func close(_ caller: ServedCaller) {
        caller.leave()
        if caller.account.connections == 0, trust != nil { accounts[caller.user] = nil }
    }

    // MARK: Time

    /// Callers that have said nothing for long are forgotten; live ones ping.
    func sweep() {
        // What lies in the socket has been said in time.
        readMessages()
        let limit = environment.configuration.liveness.wholeMicroseconds * 2_000
        let now = KernelClock.nanoseconds
        for caller in callers.values where now > caller.lastHeard + limit {
            sayGoodbye(to: caller)
            forget(caller)
        }
        for caller in callers.values where caller.unread.isMuch { look(at: caller) }
        for (identity, debtor) in debtors where debtor.look() && debtor.unread.bytes == 0 {
            debtors[identity] = nil
            close(debtor)
        }
    }

    // MARK: Ending

    /// Takes no more calls; `done` is called when what is in hand has been answered, what callers had sent before they heard of the end has been
    /// refused, and they have read all of it: a socket that closes takes along what it has not sent. Who says nothing is waited for no longer than
    /// a heartbeat, twice.
    func drain(_ done: @escaping () -> Void) {
        isDraining = true
        onDrained = done
        for caller in callers.values { announceEnd(to: caller) }
        _ = environment.loop.schedule(after: environment.configuration.heartbeat) { [weak self] in
            self?.isLastCallOver = true
            self?.checkIsDrained()
        }
        checkIsDrained()
    }

    /// The answer to the ping comes behind all calls that were on their way.
    private func announceEnd(to caller: ServedCaller) {
        send(Envelope(kind: .draining), to: caller)
        send(Envelope(kind: .ping, id: Self.lastCall), to: caller)
    }

    func checkIsDrained() {
        guard isDraining, onDrained != nil, running.count == 0 else { return }
        guard isLastCallOver || callers.values.allSatisfy({ $0.end != .unknown }) else { return }
        askWhatWasRead()
        guard isLastAnswerOver == true || callers.values.allSatisfy({ $0.end == .readAll }) else { return }
        onDrained?()
        onDrained = nil
    }

    /// The answer to the ping says that all answers before it have been read.
    private func askWhatWasRead() {
        for caller in callers.values where caller.end < .askedLast {
            caller.end = .askedLast
            send(Envelope(kind: .ping, id: Self.lastAnswer), to: caller)
        }
        guard isLastAnswerOver == nil else { return }
        isLastAnswerOver = false
        _ = environment.loop.schedule(after: environment.configuration.heartbeat) { [weak self] in
            self?.isLastAnswerOver = true
            self?.checkIsDrained()
        }
    }

    /// Ends everything; `done` is called when the endpoint is free for a successor.
    func close(silently: Bool = false, _ done: @escaping () -> Void) {
        // Until the listener has closed, callers may still ask: a call begun now would set a timer that outlives this object.
        environment.loop.ignore(router)
        deadlines.end()
        let reason = "\(environment.configuration.name) has shut down."
        for (slot, call) in running.all {
            call.task?.cancel()
            if silently {
                _ = running.remove(slot)
            } else {
                finish(slot, .failure(call.unanswered.failure(.unavailable, reason)))
            }
        }
        for caller in callers.values where !silently { sayGoodbye(to: caller) }
        isClosed = true
        listener.close(done)
    }
}
