// One libzmq socket, confined to the thread of its poll loop: not Sendable, so the compiler keeps it there.
//
// Nothing here waits: sends and receives answer "would block". Messages go out from a byte buffer and come in as one array, so a
// message costs one allocation on the way in and none of ours on the way out. `close()` is explicit and may be called twice.

internal import CZeroMQ

/// What became of a message that was handed to libzmq.
package enum SendResult: Sendable, Equatable {
    case sent
    /// The connection's queue is full, or there is no connection.
    case wouldBlock
    /// ROUTER only: that peer is not connected (any more).
    case unroutable
}

@safe package final class Socket {
    private let context: Context
    private(set) var handle: UnsafeMutableRawPointer?
    package let kind: SocketKind
    /// Whether the socket was called since it last said that there is nothing: then its descriptor may be silent about a message.
    private(set) var isDisturbed = true

    package init(
        _ context: Context,
        _ kind: SocketKind,
        _ tuning: SocketTuning,
        _ security: SocketSecurity = .none
    ) throws(ZeroMQError) {
        self.context = context
        self.kind = kind
        unsafe self.handle = unsafe zmq_socket(context.handle, kind.number)
        guard unsafe handle != nil else { throw ZeroMQError(call: "zmq_socket", number: zmq_errno()) }
        do { try apply(tuning, security, kind: kind) } catch {
            close()
            throw error
        }
    }

    /// What poll(2) can wait on; see `PollSet` for what its silence means. -1, which poll(2) passes over, for a socket that is closed.
    var descriptor: Int32 { (try? option(ZMQ_FD)) ?? -1 }

    /// Whoever asked it last may not have heard the answer.
    func disturb() { isDisturbed = true }

    /// Asks libzmq, which takes in what has happened to the socket.
    var hasMessages: Bool {
        isDisturbed = false
        return ((try? option(ZMQ_EVENTS)) ?? 0) & ZMQ_POLLIN != 0
    }

    private func option(_ option: Int32) throws(ZeroMQError) -> Int32 {
        var value: Int32 = 0
        var size = MemoryLayout<Int32>.size
        try check("zmq_getsockopt \(option)") { unsafe zmq_getsockopt(handle, option, &value, &size) }
        return value
    }

    deinit { precondition(unsafe handle == nil, "a socket must be closed on its loop before it is let go") }

    package func close() {
        guard let open = unsafe handle else { return }
        unsafe handle = nil
        unsafe zmq_close(open)
    }

    // MARK: Endpoints

    /// Binds; `tcp://127.0.0.1:*` lets the kernel choose. Returns the endpoint as bound.
    package func bind(_ endpoint: String) throws(ZeroMQError) -> String {
        isDisturbed = true
        try check("zmq_bind \(endpoint)") { unsafe zmq_bind(handle, endpoint) }
        return try lastEndpoint()
    }

    package func unbind(_ endpoint: String) throws(ZeroMQError) {
        isDisturbed = true
        try check("zmq_unbind \(endpoint)") { unsafe zmq_unbind(handle, endpoint) }
    }

    package func connect(_ endpoint: String) throws(ZeroMQError) {
        isDisturbed = true
        try check("zmq_connect \(endpoint)") { unsafe zmq_connect(handle, endpoint) }
    }

    private func lastEndpoint() throws(ZeroMQError) -> String {
        var buffer = [UInt8](repeating: 0, count: 512)
        var length = buffer.count
        try check("zmq_getsockopt") { unsafe zmq_getsockopt(handle, ZMQ_LAST_ENDPOINT, &buffer, &length) }
        return String(decoding: buffer.prefix(max(0, length - 1)), as: UTF8.self)
    }

    // MARK: Options

    func set(_ option: Int32, _ value: Int32) throws(ZeroMQError) {
        var value = value
        try check("zmq_setsockopt \(option)") {
            unsafe zmq_setsockopt(handle, option, &value, MemoryLayout<Int32>.size)
        }
    }

    func setWide(_ option: Int32, _ value: Int64) throws(ZeroMQError) {
        var value = value
        try check("zmq_setsockopt \(option)") {
            unsafe zmq_setsockopt(handle, option, &value, MemoryLayout<Int64>.size)
        }
    }

    func set(_ option: Int32, bytes: [UInt8]) throws(ZeroMQError) {
        try check("zmq_setsockopt \(option)") { unsafe zmq_setsockopt(handle, option, bytes, bytes.count) }
    }

    /// Every message that begins with these bytes. On a secured XPUB: for the subscriber whose message was received last.
    package func subscribe(_ prefix: [UInt8]) throws(ZeroMQError) {
        try check("zmq_setsockopt SUBSCRIBE") { unsafe zmq_setsockopt(handle, ZMQ_SUBSCRIBE, prefix, prefix.count) }
    }

    package func unsubscribe(_ prefix: [UInt8]) throws(ZeroMQError) {
        try check("zmq_setsockopt UNSUBSCRIBE") { unsafe zmq_setsockopt(handle, ZMQ_UNSUBSCRIBE, prefix, prefix.count) }
    }

    // MARK: Messages

    /// Sends the bytes from `start` on as one frame, without waiting.
    package func send(_ bytes: [UInt8], from start: Int = 0, more: Bool = false) throws(ZeroMQError) -> SendResult {
        let flags = ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0)
        isDisturbed = true
        while true {
            let status = unsafe bytes.withUnsafeBytes { bytes in
                let frame = unsafe UnsafeRawBufferPointer(rebasing: bytes[start...])
                return unsafe zmq_send(handle, frame.baseAddress, frame.count, flags)
            }
            if status >= 0 { return .sent }
            switch zmq_errno() {
            case fai_EINTR: continue
            case fai_EAGAIN: return .wouldBlock
            case fai_EHOSTUNREACH: return .unroutable
            case let number: throw ZeroMQError(call: "zmq_send", number: number)
            }
        }
    }

    /// Receives one frame without waiting; `nil` where there is none. `isLast` is false where more frames of the message follow.
    package func receive() throws(ZeroMQError) -> (bytes: [UInt8], isLast: Bool)? {
        var message = zmq_msg_t()
        unsafe zmq_msg_init(&message)
        defer { unsafe zmq_msg_close(&message) }
        guard try receive(&message) else { return nil }
        return (Self.copy(&message), unsafe zmq_msg_more(&message) == 0)
    }

    /// The same into a buffer that the caller keeps, for frames that are looked at and let go. Returns whether it was the last frame.
    package func receive(into buffer: inout [UInt8]) throws(ZeroMQError) -> Bool? {
        var message = zmq_msg_t()
        unsafe zmq_msg_init(&message)
        defer { unsafe zmq_msg_close(&message) }
        guard try receive(&message) else { return nil }
        buffer.removeAll(keepingCapacity: true)
        unsafe buffer.append(
            contentsOf: UnsafeRawBufferPointer(start: zmq_msg_data(&message), count: zmq_msg_size(&message))
        )
        return unsafe zmq_msg_more(&message) == 0
    }

    /// The same, with the User-Id that the ZAP handler gave the connection, empty where it gave none. `user` is written only where it
    /// differs, so a connection that sends again and again costs a comparison.
    /// `descriptor` becomes that of the connection, -1 over `inproc`.
    package func receive(
        user: inout String,
        descriptor: inout Int32
    ) throws(ZeroMQError) -> (bytes: [UInt8], isLast: Bool)? {
        var message = zmq_msg_t()
        unsafe zmq_msg_init(&message)
        defer { unsafe zmq_msg_close(&message) }
        guard try receive(&message) else { return nil }
        Self.readUser(&message, into: &user)
        descriptor = unsafe zmq_msg_gets(&message, "__fd").map { unsafe atoi($0) } ?? -1
        return (Self.copy(&message), unsafe zmq_msg_more(&message) == 0)
    }

    /// Takes the rest of a message without looking at it. Returns the bytes of its frames.
    package func skipRest() -> [Int] {
        var sizes: [Int] = []
        var message = zmq_msg_t()
        unsafe zmq_msg_init(&message)
        defer { unsafe zmq_msg_close(&message) }
        while (try? receive(&message)) == true {
            sizes.append(unsafe zmq_msg_size(&message))
            if unsafe zmq_msg_more(&message) == 0 { break }
        }
        return sizes
    }

    private static func readUser(_ message: inout zmq_msg_t, into user: inout String) {
        guard let text = unsafe zmq_msg_gets(&message, "User-Id") else { return user = "" }
        let isSame = unsafe user.withCString { unsafe strcmp($0, text) == 0 }
        if !isSame { user = unsafe String(cString: text) }
    }

    private func receive(_ message: inout zmq_msg_t) throws(ZeroMQError) -> Bool {
        isDisturbed = true
        while unsafe zmq_msg_recv(&message, handle, ZMQ_DONTWAIT) < 0 {
            switch zmq_errno() {
            case fai_EINTR: continue
            case fai_EAGAIN:
                isDisturbed = false
                return false
            case let number: throw ZeroMQError(call: "zmq_msg_recv", number: number)
            }
        }
        return true
    }

    private static func copy(_ message: inout zmq_msg_t) -> [UInt8] {
        let count = unsafe zmq_msg_size(&message)
        guard count > 0, let source = unsafe zmq_msg_data(&message) else { return [] }
        return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            if let target = buffer.baseAddress { unsafe memcpy(target, source, count) }
            initialized = count
        }
    }
}
