// What happens to a socket's connections: libzmq's monitor as typed events, read on the same loop as the socket.
//
// `inproc` connections have no events; `Link` watches those by its own heartbeats.

internal import CZeroMQ
internal import Synchronization

package enum ConnectionEvent: Sendable, Equatable {
    /// The handshake (and CURVE, where it is on) has succeeded.
    case ready
    /// Somebody has connected, by this descriptor; the handshake is still to come.
    case accepted(Int32)
    /// A connection ended; this was its descriptor.
    case lost(Int32)
    /// A listener, or an attempt to connect, ended.
    case closed
    /// The other side refused us, or speaks something else.
    case rejected
    case other

    package var isLost: Bool { if case .lost = self { true } else { false } }
}

/// Never the name of an earlier monitor: libzmq gives an endpoint back some time after its socket has been closed.
private let monitorsMade = Atomic<UInt64>(0)

extension Socket {
    /// Starts watching this socket; the returned PAIR is read by `receiveEvent` and closed by the caller.
    package func monitor(_ context: Context) throws(ZeroMQError) -> Socket {
        let endpoint = "inproc://monitor-\(monitorsMade.add(1, ordering: .relaxed).newValue)"
        try check("zmq_socket_monitor") { unsafe zmq_socket_monitor(handle, endpoint, Int32(ZMQ_EVENT_ALL)) }
        let pair = try Socket(context, .pair, SocketTuning())
        do { try pair.connect(endpoint) } catch {
            pair.close()
            throw error
        }
        return pair
    }

    /// Ends the watching; call before `close()`.
    package func stopMonitoring() { unsafe _ = zmq_socket_monitor(handle, nil, 0) }

    /// The next event of a monitor, without waiting.
    package func receiveEvent() throws(ZeroMQError) -> ConnectionEvent? {
        guard let (bytes, isLast) = try receive() else { return nil }
        if !isLast { _ = try receive() }
        guard bytes.count >= 2 else { return .other }
        let value = bytes.dropFirst(2).prefix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return Self.event(UInt16(bytes[0]) | UInt16(bytes[1]) << 8, Int32(bitPattern: value))
    }

    /// zmq_socket_monitor(3): a 16-bit event number in host order comes first, then a 32-bit value, here mostly a descriptor.
    private static func event(_ number: UInt16, _ value: Int32) -> ConnectionEvent {
        switch Int32(number) {
        case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: .ready
        case ZMQ_EVENT_ACCEPTED: .accepted(value)
        case ZMQ_EVENT_DISCONNECTED: .lost(value)
        case ZMQ_EVENT_CLOSED: .closed
        case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL, ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL, ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
            .rejected
        default: .other
        }
    }
}
