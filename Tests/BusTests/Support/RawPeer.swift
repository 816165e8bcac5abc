// A peer that keeps to no rule: one socket, any security, any routing id, any bytes.

import Testing

@testable import Bus
@testable import ZeroMQ

actor RawPeer {
    private let loop: PollLoop
    private let context: Context
    private var socket: Socket?
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    init() throws {
        loop = try PollLoop(name: "raw")
        context = try Context()
    }

    func connect(
        _ kind: SocketKind,
        to endpoint: String,
        as keys: PeerKeyPair,
        of server: PeerKey,
        routingID: String? = nil,
        tuning: SocketTuning = SocketTuning()
    ) throws {
        let security = SocketSecurity.client(
            publicKey: keys.publicKey.bytes,
            secretKey: keys.secretKey.bytes,
            serverKey: server.bytes
        )
        let socket = try open(kind, security, tuning)
        // ZMQ_ROUTING_ID
        if let routingID { try socket.set(5, bytes: Array(routingID.utf8)) }
        try socket.connect(endpoint)
    }

    /// The same to a service that asks nobody who he is.
    func connect(_ kind: SocketKind, to endpoint: String) throws { try open(kind, .none).connect(endpoint) }

    /// Says hello, without which nobody is served; false where nothing is answered.
    func greet() async throws -> Bool {
        var hello = Envelope(kind: .hello)
        hello.name = "raw"
        guard try await send(hello) else { return false }
        return try await receive() != nil
    }

    private func open(
        _ kind: SocketKind,
        _ security: SocketSecurity,
        _ tuning: SocketTuning = SocketTuning()
    ) throws -> Socket {
        close()
        let socket = try Socket(context, kind, tuning, security)
        self.socket = socket
        return socket
    }

    func subscribe(_ filter: String) throws { try socket?.subscribe(Array(filter.utf8)) }

    /// Sends a frame as it is, `more` with others behind it; false where no connection has taken it in half a second.
    func send(_ frame: [UInt8], more: Bool = false) async throws -> Bool {
        for _ in 0..<100 {
            guard let socket else { return false }
            if try socket.send(frame, more: more) == .sent { return true }
            await pause()
        }
        return false
    }

    /// Sends a message; false where no connection has taken it in half a second.
    func send(_ message: Envelope) async throws -> Bool {
        for _ in 0..<100 {
            guard let socket else { return false }
            if try socket.send(message.encoded()) == .sent { return true }
            await pause()
        }
        return false
    }

    /// A connection that is on its way is not there yet.
    private func pause() async {
        await withCheckedContinuation { continuation in
            _ = loop.schedule(after: .milliseconds(5)) { continuation.resume() }
        }
    }

    /// The next frame; nil where none comes in half a second.
    func receive() async throws -> [UInt8]? {
        for _ in 0..<5 {
            guard let socket else { return nil }
            if let frame = try socket.receive() { return frame.bytes }
            await readable(socket)
        }
        return nil
    }

    /// The next frame, however long it takes; nil where it is closed here.
    func frame() async throws -> [UInt8]? {
        while socket != nil {
            try Task.checkCancellation()
            if let frame = try await receive() { return frame }
        }
        return nil
    }

    /// Returns when there may be something to read, or a little later.
    private func readable(_ socket: Socket) async {
        await withCheckedContinuation { continuation in
            var isDone = false
            let finish = {
                if !isDone { continuation.resume() }
                isDone = true
            }
            loop.watch(socket, finish)
            _ = loop.schedule(after: .milliseconds(100), finish)
        }
        loop.ignore(socket)
    }

    func close() {
        socket?.close()
        socket = nil
    }

    func end() {
        close()
        loop.stop()
    }
}
