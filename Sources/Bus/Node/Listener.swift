// A socket that is bound, with its monitor: counts who is refused, and knows when the endpoint is free again.
//
// libzmq closes a listener some time after `zmq_close` has returned, and an `ipc` listener then removes the path: if a successor has
// bound it meanwhile, nobody finds that one ever again. So closing here is unbind, wait until libzmq says "closed", then close.

internal import Synchronization
internal import ZeroMQ

final class Listener {
    let socket: Socket
    let endpoint: String
    /// Whether who connects has to prove who it is.
    let isSecured: Bool
    private let monitor: Socket
    private let environment: LoopEnvironment
    private var onClosed: (() -> Void)?
    /// Its connections over `tcp`, for the guard.
    private let watch: FlowGuard.Watch
    private let budget: FlowBudget
    private let overhead: Int
    /// Connections that were not let in, or spoke something else.
    private(set) var rejectedHandshakes: Int

    // `rejected` is what a listener before it at the same endpoint has counted.
    init(_ kind: SocketKind, endpoint: String, environment: LoopEnvironment, rejected: Int = 0) throws {
        self.environment = environment
        rejectedHandshakes = rejected
        isSecured = environment.isSecured(endpoint)
        let security = try environment.securityForBinding(endpoint)
        let configuration = environment.configuration
        var tuning = kind == .xpub ? configuration.eventTuning : configuration.tuning
        // What comes in at an XPUB are subscriptions, and libzmq keeps each byte of one in some thirty of its own.
        if kind == .xpub { tuning.maxMessageBytes = Int64(configuration.limits.filterBytes) }
        budget = FlowBudget(kind == .xpub ? .forSubscriptions(configuration) : .forCalls(configuration))
        overhead = security.frameOverhead
        watch = FlowGuard.Watch(endpoint, configuration.logger)
        socket = try Socket(environment.context, kind, tuning, security)
        do {
            monitor = try socket.monitor(environment.context)
        } catch {
            socket.close()
            throw error
        }
        do { self.endpoint = try socket.bind(endpoint) } catch {
            Self.end(socket, monitor)
            throw error
        }
        environment.loop.watch(monitor) { [weak self] in self?.readEvents() }
        if endpoint.utf8.starts(with: "tcp:".utf8) { FlowGuard.shared.add(watch) }
    }

    /// What is known of a connection; nil where it is not over `tcp`.
    func flow(_ descriptor: Int32) -> Flow? {
        guard descriptor >= 0, endpoint.utf8.starts(with: "tcp:".utf8) else { return nil }
        if let flow = known(descriptor), flow.look() != nil { return flow }
        // Its first message may be read before the event that told of it, and of the end of who had its number.
        readEvents()
        return known(descriptor)
    }

    private func known(_ descriptor: Int32) -> Flow? { watch.flows.withLock { $0[descriptor] } }

    /// The socket has nothing more for us at the moment.
    func noteEmpty() { watch.emptied.add(1, ordering: .relaxed) }

    func end(_ flow: Flow, _ reason: String) { watch.end(flow, reason) }

    private func accepted(_ descriptor: Int32) {
        guard let connection = Connection(descriptor: descriptor) else { return }
        let flow = Flow(connection, overhead: overhead, budget)
        watch.flows.withLock { $0.updateValue(flow, forKey: descriptor) }?.noteEnd()
    }

    private func readEvents() {
        while let event = try? monitor.receiveEvent() {
            switch event {
            case .rejected: rejectedHandshakes += 1
            case .closed:
                finish()
                return
            case .accepted(let descriptor): accepted(descriptor)
            case .lost(let descriptor): watch.flows.withLock { $0.removeValue(forKey: descriptor) }?.noteEnd()
            case .ready, .other: break
            }
        }
    }

    /// `done` is called once the endpoint is free, at the latest after a second.
    func close(_ done: @escaping () -> Void) {
        onClosed = done
        let isUnbound = (try? socket.unbind(endpoint)) != nil
        // `inproc` is gone at once and says nothing.
        guard isUnbound, !endpoint.utf8.starts(with: "inproc:".utf8) else { return finish() }
        _ = environment.loop.schedule(after: .seconds(1)) { self.finish() }
    }

    private func finish() {
        guard let done = onClosed else { return }
        onClosed = nil
        for each in [socket, monitor] { environment.loop.ignore(each) }
        Self.end(socket, monitor)
        done()
    }

    var stats: ListenerStats {
        ListenerStats(
            endpoint: endpoint,
            isSecured: isSecured,
            rejectedHandshakes: rejectedHandshakes,
            refusedSubscriptions: 0,
            endedConnections: watch.cut.load(ordering: .relaxed)
        )
    }

    private static func end(_ socket: Socket, _ monitor: Socket) {
        socket.stopMonitoring()
        monitor.close()
        socket.close()
    }
}

extension FlowBudget.Kind {
    fileprivate static func forCalls(_ configuration: NodeConfiguration) -> FlowBudget.Kind {
        .calls(incomplete: UInt64(configuration.maxMessageBytes + configuration.limits.incompleteBytes))
    }

    /// A connection's subscriptions at once, and then one a second.
    fileprivate static func forSubscriptions(_ configuration: NodeConfiguration) -> FlowBudget.Kind {
        let limits = configuration.limits
        let filter = UInt64(limits.filterBytes)
        return .subscriptions(burst: filter * UInt64(limits.subscriptionsPerConnection), perSecond: filter)
    }
}
