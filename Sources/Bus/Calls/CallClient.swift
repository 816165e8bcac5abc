// The calling side of a node: links to the replicas of each service, and the calls under way on them.
//
// Confined to the node's loop. A call goes to the ready replica with the fewest calls outstanding. Where nobody is there it fails at
// once; only before the first attempt to connect has ended does it wait (bounded by `connectGrace`). Every call ends exactly once:
// by its reply, by the loss of its link, by its deadline, or because its caller was cancelled.
//
// Its timers hold it, so that it lives as long as its links can call it; `close`, or the end of the loop, lets it go.

internal import Synchronization
internal import ZeroMQ

final class CallClient {
    /// A call under way. A class: it is looked at and changed in its place, at one reference count each time.
    private final class Pending {
        let call: RawCall
        let continuation: CheckedContinuation<CallOutcome, Never>
        /// Where it went.
        var link: Link?
        /// The replicas that had no room for it.
        var full: [Link] = []
        /// On the kernel's clock, in nanoseconds.
        let began = KernelClock.nanoseconds
        /// Its deadline has passed; its service may be about to say what came of it.
        var isOverdue = false

        init(_ call: RawCall, _ continuation: CheckedContinuation<CallOutcome, Never>) {
            self.call = call
            self.continuation = continuation
        }
    }

    private let environment: LoopEnvironment
    private var links: [String: [Link]] = [:]
    /// The service that was called last: often it is the same again.
    private var last: (service: String, links: [Link])?
    private var calls = CallTable<Pending>()
    private var waiting: [String: [UInt64]] = [:]
    private let deadlines: DeadlineWatch
    private var heartbeatTimer: TimerID?

    init(environment: LoopEnvironment) {
        self.environment = environment
        deadlines = DeadlineWatch(loop: environment.loop)
        deadlines.onTick = { [unowned self] in expire() }
    }

    func close(silently: Bool = false) {
        deadlines.end()
        if let heartbeatTimer { environment.loop.cancel(heartbeatTimer) }
        for (id, pending) in calls.all {
            let reason = "\(environment.configuration.name) is shutting down."
            let unsent = Failure(.cancelled, "\(reason) Nothing was sent.")
            finish(id, .refused(pending.link == nil ? unsent : pending.call.unanswered.failure(.cancelled, reason)))
        }
        for link in links.values.joined() { link.close(silently: silently) }
        links = [:]
        last = nil
    }

    var allLinks: [Link] { links.values.flatMap { $0 } }

    // MARK: A call's way

    /// Sends a call; the continuation is resumed once, with what came of it.
    func start(_ call: RawCall, _ continuation: CheckedContinuation<CallOutcome, Never>) {
        guard let replicas = links(of: call) else {
            return continuation.resume(returning: .refused(unknown(call.service)))
        }
        let pending = Pending(call, continuation)
        let id = calls.insert(pending, deadline: call.deadline)
        call.id.store(id, ordering: .relaxed)
        deadlines.begin()
        if replicas.contains(where: { $0.isReady }) || replicas.allSatisfy({ $0.state.hasSettled }) {
            dispatch(id, pending, to: replicas)
        } else {
            wait(id, for: call.service)
        }
    }

    func cancel(_ call: RawCall) {
        abandon(call.id.load(ordering: .relaxed), Failure(.cancelled, "The caller gave up."))
    }

    private func dispatch(_ id: UInt64, _ pending: Pending, to replicas: [Link]) {
        let ready = inOrderOfChoice(replicas)
        for link in ready where send(id, pending, by: link) { return }
        let service = pending.call.service
        refuse(
            id,
            ready.isEmpty ? nobody(service) : Failure(.overloaded, "The connection to \(service) is full.")
        )
    }

    private func send(_ id: UInt64, _ pending: Pending, by link: Link) -> Bool {
        guard link.send(pending.call, as: id) == .sent else { return false }
        pending.link = link
        link.outstanding += 1
        return true
    }

    /// The ready ones, least busy first. With one replica, the usual case, there is nothing to choose and to allocate.
    private func inOrderOfChoice(_ replicas: [Link]) -> [Link] {
        guard replicas.count > 1 else { return replicas.first?.isReady == true ? replicas : [] }
        return replicas.filter { $0.isReady }.sorted { $0.outstanding < $1.outstanding }
    }

    private func refuse(_ id: UInt64, _ failure: Failure) { finish(id, .refused(failure)) }

    private func finish(_ id: UInt64, _ outcome: CallOutcome) {
        guard let pending = calls.remove(id) else { return }
        pending.link?.outstanding -= 1
        record(pending, outcome)
        pending.continuation.resume(returning: outcome)
    }

    /// What every service answers is asked all the time, and nobody's request.
    private func record(_ pending: Pending, _ outcome: CallOutcome) {
        let call = pending.call
        guard environment.spans.isOn, let trace = call.trace, !call.operation.utf8.starts(with: "bus.".utf8) else {
            return
        }
        environment.spans.record(
            SpanRecord(
                kind: .called,
                trace: trace,
                parent: call.parent,
                name: call.operation,
                other: call.service,
                began: pending.began,
                duration: KernelClock.nanoseconds - pending.began,
                error: outcome.code?.name,
                isFailure: outcome.code?.isOurs == true,
                isRepeat: outcome.isRepeat
            )
        )
    }

    /// Ends a call for which nobody waits any more, and says so to the service.
    private func abandon(_ id: UInt64, _ failure: Failure) {
        if let link = calls[id]?.link { _ = link.send(Envelope(kind: .cancel, id: id)) }
        finish(id, .refused(failure))
    }

    /// Only the one that was asked may answer: numbers can be guessed by a service that means ill.
    private func receive(_ envelope: Envelope, from link: Link) {
        guard calls[envelope.id]?.link === link else { return }
        switch envelope.kind {
        case .reply: finish(envelope.id, .reply(envelope.payload, isRepeat: envelope.isRepeat))
        case .failure:
            let failure = Self.failure(envelope.payload)
            if envelope.isNotBegun, failure.code == .overloaded, goesElsewhere(envelope.id, than: link) { return }
            finish(envelope.id, .refused(failure))
        default: break
        }
    }

    /// Sends a call that a full replica has not begun to the next one that has not refused it yet; false where there is none.
    private func goesElsewhere(_ id: UInt64, than link: Link) -> Bool {
        guard let pending = calls[id] else { return false }
        pending.full.append(link)
        let others = inOrderOfChoice(links(of: pending.call) ?? []).filter { other in
            !pending.full.contains { $0 === other }
        }
        guard others.contains(where: { send(id, pending, by: $0) }) else { return false }
        link.outstanding -= 1
        return true
    }

    private static func failure(_ payload: ArraySlice<UInt8>) -> Failure {
        (try? PayloadCoding.decode(Failure.self, from: payload))
            ?? Failure(.badReply, "The service failed and could not say why in a way that we can read.")
    }

    // MARK: Links

    /// Those that may take it.
    private func links(of call: RawCall) -> [Link]? {
        let all = links(to: call.service)
        guard let replica = call.replica, let all else { return all }
        return all.indices.contains(replica) ? [all[replica]] : nil
    }

    private func links(to service: String) -> [Link]? {
        if let last, last.service == service { return last.links }
        guard let found = links[service] ?? makeLinks(to: service) else { return nil }
        last = (service, found)
        return found
    }

    private func makeLinks(to service: String) -> [Link]? {
        guard let addresses = environment.configuration.directory[service] else { return nil }
        let made = addresses.map { Link(service: service, endpoint: $0.calls, environment: environment) }
        for link in made {
            link.onMessage = { [unowned self] link, envelope in receive(envelope, from: link) }
            link.onChange = { [unowned self] link in changed(link) }
        }
        links[service] = made
        if heartbeatTimer == nil { scheduleHeartbeat() }
        return made
    }

    private func changed(_ link: Link) {
        if link.state.phase == .lost { failCalls(of: link) }
        if link.isReady || links[link.service]?.allSatisfy(\.state.hasSettled) == true { release(link.service) }
    }

    private func failCalls(of link: Link) {
        let reason = "The connection to \(link.service) was lost before the answer came."
        for (id, pending) in calls.all where pending.link === link {
            finish(id, .lost(pending.call.unanswered.failure(.unavailable, reason)))
        }
    }

    private func wait(_ id: UInt64, for service: String) {
        let isFirst = waiting[service, default: []].isEmpty
        waiting[service, default: []].append(id)
        guard isFirst else { return }
        _ = environment.loop.schedule(after: environment.configuration.connectGrace) { self.release(service) }
    }

    private func release(_ service: String) {
        for id in waiting.removeValue(forKey: service) ?? [] {
            if let pending = calls[id] { dispatch(id, pending, to: links(of: pending.call) ?? []) }
        }
    }

    private func unknown(_ service: String) -> Failure {
        Failure(.unavailable, "The topology names no service \"\(service)\".")
    }

    private func nobody(_ service: String) -> Failure {
        if links[service]?.contains(where: \.isRefused) == true {
            // libzmq does not say why: a service that has just died ends a handshake just as one does whose keys are others.
            let why = "it has just ended, or does not let this peer in (`fountain doctor` tells)"
            return Failure(.unavailable, "\"\(service)\" ended the handshake: \(why).")
        }
        return .nobodyAnswers(service)
    }

    // MARK: Time

    private func expire() -> Bool {
        let grace = environment.configuration.answerGrace
        let expired = calls.expire(now: .now) { pending in
            // The service counts as well, and knows whether anything was changed.
            guard pending.link != nil, !pending.isOverdue else { return nil }
            pending.isOverdue = true
            return .after(grace)
        }
        for (id, pending) in expired {
            if let link = pending.link {
                link.outstanding -= 1
                _ = link.send(Envelope(kind: .cancel, id: id))
            }
            let outcome = CallOutcome.refused(Self.late(pending))
            record(pending, outcome)
            pending.continuation.resume(returning: outcome)
        }
        return calls.count > 0
    }

    private static func late(_ pending: Pending) -> Failure {
        let call = pending.call
        guard let link = pending.link else {
            return Failure(.deadlineExceeded, "\(call.service) could not be reached in time. Nothing was sent.")
        }
        return call.unanswered.failure(.deadlineExceeded, "\(call.operation) did not answer in time.\(link.skewRemark)")
    }

    private func scheduleHeartbeat() {
        heartbeatTimer = environment.loop.schedule(after: environment.configuration.heartbeat / 2) {
            for link in self.allLinks { link.tick() }
            self.scheduleHeartbeat()
        }
    }
}

extension Failure {
    /// What a node says by itself where it knows of no replica that is there: nothing was sent.
    package static func nobodyAnswers(_ service: String) -> Failure {
        Failure(
            .unavailable,
            "No replica of \"\(service)\" answers. Is it running? `fountain ping` shows what is there.",
            retryAfter: 1
        )
    }
}
