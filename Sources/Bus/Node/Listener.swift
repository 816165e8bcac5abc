// A socket that is bound, with its monitor: counts who is refused, and knows when the endpoint is free again.
//
// libzmq closes a listener some time after `zmq_close` has returned, and an `ipc` listener then removes the path: if a successor has
// bound it meanwhile, nobody finds that one ever again. So closing here is unbind, wait until libzmq says "closed", then close.

internal import ZeroMQ

final class Listener {
    let socket: Socket
    let endpoint: String
    /// Whether who connects has to prove who it is.
    let isSecured: Bool
    private let monitor: Socket
    private let environment: LoopEnvironment
    private var onClosed: (() -> Void)?
    /// Connections that were not let in, or spoke something else.
    private(set) var rejectedHandshakes: Int

    // `rejected` is what a listener before it at the same endpoint has counted.
    init(_ kind: SocketKind, endpoint: String, environment: LoopEnvironment, rejected: Int = 0) throws {
        self.environment = environment
        rejectedHandshakes = rejected
        isSecured = environment.isSecured(endpoint)
        let security = try environment.securityForBinding(endpoint)
        let configuration = environment.configuration
        let tuning = kind == .xpub ? configuration.eventTuning : configuration.tuning
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
    }

    private func readEvents() {
        while let event = try? monitor.receiveEvent() {
            switch event {
            case .rejected: rejectedHandshakes += 1
            case .closed:
                finish()
                return
            case .ready, .lost, .other: break
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
            refusedSubscriptions: 0
        )
    }

    private static func end(_ socket: Socket, _ monitor: Socket) {
        socket.stopMonitoring()
        monitor.close()
        socket.close()
    }
}
