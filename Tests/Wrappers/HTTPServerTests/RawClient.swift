// A client that sends exactly the bytes it is told to, for requests no HTTP library would make. Test use only.
// Its socket calls block, so they run on a queue of its own, never on the pool that the handlers need.

import Dispatch
import Glibc

// @unchecked because `received` and `end` are touched on `queue` only.
final class RawClient: @unchecked Sendable {
    enum Failure: Error { case socket(String, Int32), closed(after: [UInt8]), notHTTP([UInt8]) }

    struct Response: Sendable {
        let status: Int
        let headers: [(name: String, value: String)]
        let body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }

        subscript(name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }
    }

    private let socket: Int32
    private let queue = DispatchQueue(label: "raw-client")
    private var received: [UInt8] = []
    /// What `recv` said last where nothing came: 0 for the server's end.
    private var end: Int32 = 0

    /// Connects to the loopback; throws `.socket("connect", ECONNREFUSED)` where nobody listens.
    init(_ port: UInt16) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        // A test that waits for an answer that never comes shall fail, not hang.
        var patience = timeval(tv_sec: 20, tv_usec: 0)
        var on: Int32 = 1
        unsafe setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        unsafe setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe connect(socket, $0, size) }
        }
        // `deinit` closes it, also after this: a second `close` would be that of somebody else's descriptor.
        guard result == 0 else { throw Failure.socket("connect", errno) }
    }

    deinit { close(socket) }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async throws {
        try await onQueue {
            var sent = 0
            while sent < bytes.count {
                let count = unsafe bytes[sent...].withUnsafeBytes { bytes in
                    unsafe Glibc.send(self.socket, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { throw Failure.socket("send", errno) }
                sent += count
            }
        }
    }

    /// Each byte a packet of its own; ends where the server has closed.
    func sendByteByByte(_ text: String) async throws {
        for byte in text.utf8 { do { try await send([byte]) } catch { return } }
    }

    /// Sends, and takes the next response. `isHead`: the response has a length but no body.
    func exchange(_ text: String, isHead: Bool = false) async throws -> Response {
        try await send(text)
        return try await response(isHead: isHead)
    }

    /// The next response on the connection; interim ones are responses of their own.
    func response(isHead: Bool = false) async throws -> Response {
        try await onQueue {
            let head = try self.takeHead()
            var lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
            let statusLine = lines.removeFirst().split(separator: " ", maxSplits: 2)
            guard statusLine.count >= 2, statusLine[0] == "HTTP/1.1", let status = Int(statusLine[1]) else {
                throw Failure.notHTTP(head)
            }
            let headers = lines.map { line in
                let sides = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                return (name: String(sides[0]), value: sides[1].trimmingBlanks)
            }
            let length = headers.first { $0.name.lowercased() == "content-length" }.flatMap { Int($0.value) } ?? 0
            let hasBody = !isHead && status >= 200 && status != 204 && status != 304
            return Response(status: status, headers: headers, body: hasBody ? try self.take(length) : [])
        }
    }

    /// What comes up to a text, and the text.
    func bytes(upTo end: String) async throws -> String {
        try await onQueue {
            let end = Array(end.utf8)
            var searched = 0
            while true {
                let rest = self.received[searched...].indices
                if let start = rest.first(where: { self.received[$0...].starts(with: end) }) {
                    return String(decoding: try self.take(start + end.count), as: UTF8.self)
                }
                searched = max(0, self.received.count - end.count + 1)
                guard self.receive() else { throw Failure.closed(after: self.received) }
            }
        }
    }

    /// Takes as little as may be on the way: what a client keeps that does not read.
    func narrow() {
        var size: Int32 = 4096
        unsafe setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }

    /// What still comes until the server closes; a reset counts as closing.
    func rest() async -> [UInt8] {
        (try? await onQueue {
            while self.receive() {}
            defer { self.received = [] }
            return self.received
        }) ?? []
    }

    /// What still comes until the server closes, and whether it did so by a reset, behind which answers may be lost that it had given.
    func untilClosed() async throws -> (received: [UInt8], isReset: Bool) {
        try await onQueue {
            while self.receive() {}
            guard self.end == 0 || self.end == ECONNRESET else { throw Failure.socket("recv", self.end) }
            return (self.received, self.end == ECONNRESET)
        }
    }

    /// Closes with a reset, as a client that crashes does.
    func reset() {
        var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
        shutdown(socket, Int32(SHUT_RDWR))
    }

    /// Says that nothing more will be sent.
    func finishSending() {
        shutdown(socket, Int32(SHUT_WR))
    }

    // MARK: - On the queue

    private func takeHead() throws -> [UInt8] {
        while true {
            if let end = received.indices.first(where: { received[$0...].starts(with: Array("\r\n\r\n".utf8)) }) {
                return try take(end + 4)
            }
            guard receive() else { throw Failure.closed(after: received) }
        }
    }

    private func take(_ count: Int) throws -> [UInt8] {
        while received.count < count {
            guard receive() else { throw Failure.closed(after: received) }
        }
        defer { received.removeFirst(count) }
        return Array(received.prefix(count))
    }

    private func receive() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(socket, $0.baseAddress, $0.count, 0) }
        end = count < 0 ? errno : 0
        guard count > 0 else { return false }
        received += buffer[..<count]
        return true
    }

    private func onQueue<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try body() }) }
        }
    }
}

extension Substring {
    fileprivate var trimmingBlanks: String {
        var bytes = utf8[...]
        while bytes.first == 0x20 { bytes.removeFirst() }
        while bytes.last == 0x20 { bytes.removeLast() }
        return String(Substring(bytes))
    }
}
