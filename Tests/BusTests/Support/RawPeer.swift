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
        routingID: String? = nil
    ) throws {
        let security = SocketSecurity.client(
            publicKey: keys.publicKey.bytes,
            secretKey: keys.secretKey.bytes,
            serverKey: server.bytes
        )
        close()
        let socket = try Socket(context, kind, SocketTuning(), security)
        self.socket = socket
        // ZMQ_ROUTING_ID
        if let routingID { try socket.set(5, bytes: Array(routingID.utf8)) }
        try socket.connect(endpoint)
    }

    func subscribe(_ filter: String) throws { try socket?.subscribe(Array(filter.utf8)) }

    func send(_ message: Envelope) async throws {
        while let socket, try socket.send(message.encoded()) != .sent { await Task.yield() }
    }

    /// The next frame, waited for.
    func receive() async throws -> [UInt8] {
        while let socket {
            if let frame = try socket.receive() { return frame.bytes }
            await Task.yield()
        }
        return []
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
