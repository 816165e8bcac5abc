// Somebody who tries doors: connects the way that it is told, right or wrong, and says what came of it. For `fountain doctor`, which
// proves on a running system that what should be refused is refused. It has a context and a loop of its own, and sends no calls.

internal import ZeroMQ

package actor Visitor {
    package enum Outcome: Sendable, Equatable {
        case letIn
        case refused
        /// Nobody listens there.
        case nobody
        /// Somebody does, and says nothing.
        case silent
    }

    /// A publisher whose peers have changed closes its door and opens it again (`EventPublisher.reopen`): who finds nobody comes back for so long.
    private static let patience = Duration.milliseconds(500)
    private let loop: PollLoop
    private let context: Context

    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    package init() throws {
        loop = try PollLoop(name: "visitor")
        context = try Context()
    }

    deinit { loop.stop() }

    /// Connects to a `….calls` endpoint and says how far it got; where nobody listens, after having come back for half a second.
    ///
    /// - Parameters:
    ///   - endpoint: Where.
    ///   - keys: Its own key; nil comes in the clear.
    ///   - service: The key that the service is to have.
    ///   - isEvents: Whether it is a `….events` endpoint.
    /// - Returns: What came of it, after four seconds at the latest.
    /// - Throws: Where the operating system has no more sockets to give.
    package func knock(
        _ endpoint: String,
        as keys: PeerKeyPair?,
        expecting service: PeerKey?,
        isEvents: Bool = false
    ) async throws -> Outcome {
        guard let address = await numeric(endpoint) else { return .nobody }
        let end = ContinuousClock.now + Self.patience
        while true {
            let outcome = try await knockOnce(address, keys, service, isEvents)
            guard outcome == .nobody, .now < end else { return outcome }
            await pause(.milliseconds(20))
        }
    }

    private func knockOnce(
        _ address: String,
        _ keys: PeerKeyPair?,
        _ service: PeerKey?,
        _ isEvents: Bool
    ) async throws -> Outcome {
        let socket = try open(isEvents ? .sub : .dealer, keys, service)
        let monitor = try socket.monitor(context)
        defer { close(socket, monitor) }
        try socket.connect(address)
        return await first(of: monitor)
    }

    private func pause(_ time: Duration) async {
        await withCheckedContinuation { continuation in
            _ = loop.schedule(after: time) { continuation.resume() }
        }
    }

    /// The endpoint in numbers; nil where its name is not known within four seconds.
    private func numeric(_ endpoint: String) async -> String? {
        let resolution = NameResolver.shared.resolve(endpoint)
        for _ in 0..<2_000 where resolution.state == .pending {
            await pause(.milliseconds(2))
        }
        guard case .found(let endpoints) = resolution.state else { return nil }
        return endpoints.first
    }

    private func first(of monitor: Socket) async -> Outcome {
        await withCheckedContinuation { continuation in
            var isDone = false
            let finish: (Outcome) -> Void = { outcome in
                if !isDone { continuation.resume(returning: outcome) }
                isDone = true
            }
            _ = loop.schedule(after: .seconds(4)) { finish(.silent) }
            loop.watch(monitor) {
                while let event = try? monitor.receiveEvent() {
                    switch event {
                    case .ready: finish(.letIn)
                    case .rejected, .lost: finish(.refused)
                    case .closed: finish(.nobody)
                    case .accepted, .other: break
                    }
                }
            }
        }
    }

    /// Subscribes with a filter and says whether anything is heard in a time.
    package func hears(
        _ filter: String,
        at endpoint: String,
        as keys: PeerKeyPair?,
        expecting service: PeerKey?,
        within time: Duration
    ) async throws -> Bool {
        let socket = try open(.sub, keys, service)
        defer { close(socket) }
        try socket.subscribe(Array(filter.utf8))
        guard let address = await numeric(endpoint) else { return false }
        try socket.connect(address)
        return await withCheckedContinuation { continuation in
            var isDone = false
            let finish: (Bool) -> Void = { hasHeard in
                if !isDone { continuation.resume(returning: hasHeard) }
                isDone = true
            }
            _ = loop.schedule(after: time) { finish(false) }
            loop.watch(socket) { if (try? socket.receive()) != nil { finish(true) } }
        }
    }

    private func open(_ kind: SocketKind, _ keys: PeerKeyPair?, _ service: PeerKey?) throws -> Socket {
        guard let keys, let service else { return try Socket(context, kind, SocketTuning()) }
        let security = SocketSecurity.client(
            publicKey: keys.publicKey.bytes,
            secretKey: keys.secretKey.bytes,
            serverKey: service.bytes
        )
        return try Socket(context, kind, SocketTuning(), security)
    }

    private func close(_ sockets: Socket...) {
        for socket in sockets { loop.ignore(socket) }
        sockets.first?.stopMonitoring()
        for socket in sockets.reversed() { socket.close() }
    }
}
