// One connection of a subscriber to a publisher: a SUB that is thrown away and made anew when it is lost, so that no subscription can
// be lost with it (libzmq#4064). Confined to the node's loop.

internal import Logging
internal import ZeroMQ

final class EventLink {
    private let environment: LoopEnvironment
    private let service: String
    private let endpoint: String
    private let filter: [UInt8]
    private var socket: Socket?
    private var monitor: Socket?
    private var retry: TimerID?
    private var failures = 0
    private var lastHeard = ContinuousClock.now
    private var isHeard = false
    private var watchdog: TimerID?
    private var isClosed = false
    private let way: Way
    /// The topic of the last frame: mostly that of the next one too.
    private var topic = (bytes: ArraySlice<UInt8>(), name: "")

    /// Leaves what comes in the socket, whose queue is bounded, until it is false again. Silence says nothing then; the monitor still
    /// tells of a connection that ends.
    var isPaused = false {
        didSet {
            guard isPaused != oldValue, let socket else { return }
            lastHeard = .now
            if isPaused {
                environment.loop.ignore(socket)
            } else {
                watch(socket)
            }
        }
    }

    var onMessage: (Envelope, _ topic: String) -> Void = { _, _ in }
    /// The connection is gone or silent; another is on its way.
    var onLoss: () -> Void = {}
    /// The first words on a new connection are about to be told: the publisher is there, or there again.
    var onReturn: () -> Void = {}

    /// The filter is what messages begin with: a topic and its zero byte, or a prefix of topics.
    init(to service: String, endpoint: String, filter: [UInt8], environment: LoopEnvironment) {
        self.service = service
        self.endpoint = endpoint
        self.filter = filter
        self.environment = environment
        way = Way(to: service, at: endpoint, environment)
        open()
        scheduleWatchdog()
    }

    func close() {
        isClosed = true
        for timer in [retry, watchdog].compactMap({ $0 }) { environment.loop.cancel(timer) }
        discard()
    }

    private func open() {
        guard !isClosed else { return }
        way.find { [weak self] in
            self?.open($0)
        } orElse: { [weak self] in
            self?.lose()
        }
    }

    private func open(_ attempt: Way.Attempt) {
        do { try openSocket(attempt) } catch {
            environment.logger.warning(
                "cannot subscribe",
                metadata: ["bus.endpoint": "\(endpoint)", "error": "\(error)"]
            )
            lose()
        }
    }

    private func openSocket(_ attempt: Way.Attempt) throws {
        let security = try environment.security(for: service, at: endpoint, turn: attempt.turn)
        let socket = try Socket(environment.context, .sub, environment.configuration.eventTuning, security)
        self.socket = socket
        let monitor = try socket.monitor(environment.context)
        self.monitor = monitor
        environment.loop.watch(monitor) { [weak self] in self?.readEvents() }
        if !isPaused { watch(socket) }
        try socket.subscribe(filter)
        try socket.connect(attempt.address)
        lastHeard = .now
    }

    private func watch(_ socket: Socket) {
        environment.loop.watch(socket) { [weak self] in self?.readMessages() }
    }

    private func discard() {
        way.cancel()
        for socket in [socket, monitor].compactMap({ $0 }) { environment.loop.ignore(socket) }
        socket?.stopMonitoring()
        monitor?.close()
        socket?.close()
        (socket, monitor) = (nil, nil)
        isHeard = false
    }

    private func lose() {
        discard()
        let delay = LinkState.backOff(failures: failures, jitter: .random(in: 0...1))
        failures += 1
        retry = environment.loop.schedule(after: delay) { [weak self] in self?.open() }
        onLoss()
    }

    private func readEvents() {
        while let monitor, let event = try? monitor.receiveEvent() {
            switch event {
            case .ready:
                failures = 0
                way.succeeded()
            case .lost, .closed, .rejected: lose()
            case .accepted, .other: break
            }
        }
    }

    private func readMessages() {
        lastHeard = .now
        var budget = environment.configuration.receiveBatch
        while budget > 0, !isPaused, let socket, let (bytes, _) = try? socket.receive() {
            budget -= 1
            guard let end = bytes.firstIndex(of: 0), let envelope = try? Envelope(decoding: bytes[(end + 1)...]) else {
                continue
            }
            if !isHeard { onReturn() }
            isHeard = true
            onMessage(envelope, name(of: bytes[..<end]))
        }
    }

    private func name(of bytes: ArraySlice<UInt8>) -> String {
        if bytes != topic.bytes { topic = (ArraySlice(Array(bytes)), String(decoding: bytes, as: UTF8.self)) }
        return topic.name
    }

    /// A publisher sends heads with every heartbeat; silence means that it, or the way to it, is gone. Over `inproc` nothing else says so.
    private func scheduleWatchdog() {
        watchdog = environment.loop.schedule(after: environment.configuration.liveness) { [weak self] in
            guard let self else { return }
            if socket != nil, !isPaused, lastHeard.duration(to: .now) >= environment.configuration.liveness { lose() }
            scheduleWatchdog()
        }
    }
}
