// The keeper at work: a service gives leases on its verdicts, and answers what takes one away when nobody holds it any more.
//
//     follow    a holder's request waits here until there is something to tell, a quarter of a lease at most
//     begin, publish, settled    around a transaction that takes something away
//     answering                  around an operation whose answer says that something is gone, whether or not it is what took it
//
// Waiting takes place after the transaction and beside it, so it holds up nobody but who waits. It knows nothing of what verdicts say. What is
// more where other replicas write to the store as well is in `Leases+Shared`.

package import Logging
internal import Synchronization

package final class Leases: Sendable {
    package typealias Instant = ContinuousClock.Instant

    /// Whom to wake: holders at a revocation, revocations when a holder comes or a transaction is over, who needs a commit when one is over.
    enum Kind {
        case holder, revocation, commit
    }

    struct Sleeper {
        let kind: Kind
        let continuation: CheckedContinuation<Bool, Never>
        let alarm: Task<Void, Never>?
    }

    struct State {
        var keeper: LeaseKeeper
        /// Whether the ledger says what is given now.
        var isRecorded = true
        var shared = SharedState()
        var waits = RevocationWaits()
        var sleepers: [UInt64: Sleeper] = [:]
        var lastSleeper: UInt64 = 0
    }

    let state: Mutex<State>
    let limits: LeaseKeeper.Limits
    private let ledger: (any LeaseLedger)?
    /// Where other replicas write to the store as well.
    let database: SharedStore?
    let logger: Logger
    let now: @Sendable () -> Instant

    /// Gives no leases, and has given none.
    package static var none: Leases {
        Leases(
            LeaseKeeper(term: "none", limits: .init(length: .zero), quietUntil: .now),
            logger: Logger(label: "leases") { _ in SwiftLogNoOpLogHandler() },
            now: { .now }
        )
    }

    init(
        _ keeper: LeaseKeeper,
        ledger: (any LeaseLedger)? = nil,
        isRecorded: Bool = true,
        database: SharedStore? = nil,
        logger: Logger,
        now: @escaping @Sendable () -> Instant
    ) {
        (limits, self.ledger, self.database, self.logger, self.now) = (keeper.limits, ledger, database, logger, now)
        state = Mutex(State(keeper: keeper, isRecorded: isRecorded))
    }

    /// Begins a keeper's life, whose `term` is random. What the last one gave may still be held, and is waited out.
    ///
    /// - Returns: The keeper.
    /// - Throws: Where the ledger cannot be read: then nobody knows how long.
    package static func begin(
        term: String,
        limits: LeaseKeeper.Limits,
        ledger: any LeaseLedger,
        logger: Logger,
        now: @escaping @Sendable () -> Instant = { .now }
    ) async throws -> Leases {
        let earlier = try await ledger.longestLease()
        return Leases(
            LeaseKeeper(term: term, limits: limits, quietUntil: now() + earlier),
            ledger: ledger,
            isRecorded: earlier == limits.length,
            logger: logger,
            now: now
        )
    }

    // MARK: Holders

    /// Answers a holder's request: at once where it has missed something, else when there is something.
    package func follow(_ request: LeaseRequest) async throws -> LeaseAnswer {
        try await recordIfDue()
        let came = now()
        change { state in
            state.keeper.acknowledge(request, at: came)
            Self.wake(.revocation, &state)
        }
        guard request.leaves != true else { return change { $0.keeper.answer(request, granted: .zero) } }
        // Who gives no leases needs nothing to vouch for them.
        if limits.length > .zero { try await vouchIfDue(at: came) }
        let (granted, term) = change { state in
            (state.isRecorded ? state.keeper.grant(request, at: came) : .zero, state.keeper.term)
        }
        let latest = came + limits.length / 4
        try await sleep(.holder) { state in
            state.keeper.hasNews(for: request) || self.now() >= latest ? .over : .until(latest)
        }
        // What another life has granted is nothing in this one.
        return change { $0.keeper.answer(request, granted: $0.keeper.term == term ? granted : .zero) }
    }

    /// Before the first lease of another length the ledger has it: should this life end, the next one waits for it.
    private func recordIfDue() async throws {
        let isDue = state.withLock { !$0.isRecorded && !$0.keeper.isQuiet(at: now()) }
        guard isDue, let ledger else { return }
        try await ledger.record(longestLease: limits.length)
        state.withLock { $0.isRecorded = true }
    }

    // MARK: Verdicts

    /// As of when a verdict is that is looked for from now on; `momentOfQuestion` is for who answers with one.
    package var moment: Moment {
        let (term, number) = change { ($0.keeper.term, $0.keeper.number) }
        return Moment(term: term, number: number, isLeased: limits.length > .zero)
    }

    package struct Moment: Sendable {
        let term: String
        let number: UInt64
        let isLeased: Bool

        /// What goes with a verdict; nil where it is to be asked for each time.
        package func standing(on grounds: [String], goodFor time: Duration) -> Standing? {
            guard isLeased, time.wholeMilliseconds > 0 else { return nil }
            return Standing(term: term, number: number, grounds: grounds, milliseconds: time.wholeMilliseconds)
        }
    }

    // MARK: Revocations

    /// Called inside a transaction that takes something away.
    package func begin() -> LeaseKeeper.Ticket { change { $0.keeper.begin(at: now()) } }

    /// Called when it is over, whatever became of it.
    package func publish(_ ticket: LeaseKeeper.Ticket, _ grounds: [String]?) {
        change { state in
            state.keeper.publish(ticket, grounds, at: now())
            if leavesRows { state.shared.rows.insert(ticket) }
            Self.wake(.holder, &state)
            Self.wake(.revocation, &state)
        }
    }

    /// Returns when nobody holds what was taken away up to `ticket`.
    ///
    /// - Throws: `CancellationError`; then it may still be held.
    package func settled(_ ticket: LeaseKeeper.Ticket) async throws {
        let (began, before) = (now(), state.withLock { $0.keeper.expelled })
        guard try await wait(for: ticket) else { return }
        let waited = began.duration(to: now())
        let expelled = state.withLock { state in
            state.waits.note(waited)
            return state.keeper.expelled - before
        }
        guard expelled > 0 else { return }
        logger.notice(
            "a revocation waited for leases that nobody gave back",
            metadata: ["holders": "\(expelled)", "ms": "\(waited.wholeMilliseconds)"]
        )
    }

    /// Whether there was anything to wait for.
    private func wait(for ticket: LeaseKeeper.Ticket) async throws -> Bool {
        var hasWaited = false
        repeat {
            try await getToKnow()
            hasWaited =
                try await sleep(.revocation) { state in
                    state.keeper.isUnknown ? .over : state.keeper.wait(for: ticket, at: self.now())
                } || hasWaited
        } while change { $0.keeper.isUnknown }
        return hasWaited
    }

    /// How often revocations have waited, how long, and for how many holders who did not answer: for metrics.
    package var numbers: [String: Double] {
        state.withLock { state in
            state.waits.numbers.merging(["lease_holders_expelled_total": Double(state.keeper.expelled)]) { $1 }
        }
    }

    /// Runs what says that something is gone, and gives its answer, a refusal too, when all that was taken away before it ended is gone
    /// everywhere: it may have found that another call, or an earlier life, was first.
    package func answering<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        let result: Result<Value, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        try await settled(state.withLock { $0.keeper.lastTicket })
        try await othersSettled()
        // Where no leases are given any more nobody else comes by. It is tried again at the next one.
        try? await recordIfDue()
        return try result.get()
    }

    // MARK: Sleeping

    /// Returns when `look` says that it is over. It is asked whenever something has changed, and when the time has come that it named.
    ///
    /// - Returns: Whether there was anything to wait for.
    @discardableResult  // only a revocation cares
    func sleep(
        _ kind: Kind,
        _ look: @escaping @Sendable (inout State) -> LeaseKeeper.Wait
    ) async throws -> Bool {
        var hasWaited = false
        while try await !nap(kind, look) { hasWaited = true }
        return hasWaited
    }

    /// Sleeps until something has changed; true where there was nothing to wait for.
    private func nap(
        _ kind: Kind,
        _ look: @escaping @Sendable (inout State) -> LeaseKeeper.Wait
    ) async throws -> Bool {
        let id = state.withLock { state in
            state.lastSleeper += 1
            return state.lastSleeper
        }
        let isOver = await withTaskCancellationHandler {
            await withCheckedContinuation { park(id, kind, $0, look) }
        } onCancel: {
            wake(id)
        }
        if !isOver { try Task.checkCancellation() }
        return isOver
    }

    /// Looks and lies down under one lock, so that a change after the look finds the sleeper. Where there is nothing to wait for, or nobody who
    /// would, it goes on at once.
    private func park(
        _ id: UInt64,
        _ kind: Kind,
        _ continuation: CheckedContinuation<Bool, Never>,
        _ look: (inout State) -> LeaseKeeper.Wait
    ) {
        let isOver: Bool? = change { state in
            guard case .until(let time) = look(&state) else { return true }
            guard !Task.isCancelled else { return false }
            let alarm = time.map { self.alarm(id, at: $0) }
            state.sleepers[id] = Sleeper(kind: kind, continuation: continuation, alarm: alarm)
            return nil
        }
        if let isOver { continuation.resume(returning: isOver) }
    }

    private func alarm(_ id: UInt64, at time: Instant) -> Task<Void, Never> {
        Task { [weak self] in
            guard let self, (try? await Task.sleep(for: now().duration(to: time))) != nil else { return }
            wake(id)
        }
    }

    private func wake(_ id: UInt64) {
        guard let sleeper = state.withLock({ $0.sleepers.removeValue(forKey: id) }) else { return }
        sleeper.wake()
    }

    static func wake(_ kind: Kind, _ state: inout State) {
        for (id, sleeper) in state.sleepers where sleeper.kind == kind {
            state.sleepers[id] = nil
            sleeper.wake()
        }
    }
}

extension Leases.Sleeper {
    fileprivate func wake() {
        alarm?.cancel()
        continuation.resume(returning: false)
    }
}
