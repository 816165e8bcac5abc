// A raw-socket HTTP peer for tests: blocking, one thread a connection, says exactly the bytes it is told to say.
import Foundation
import Synchronization

/// One accepted connection, used by one thread.
final class LoopbackConnection: @unchecked Sendable {
    // @unchecked because only the connection's own thread uses it.
    private let descriptor: Int32
    private var buffer: [UInt8] = []

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// The next request, head and body, or nil where the client is gone.
    func readRequest() -> String? {
        let end = Array("\r\n\r\n".utf8)
        while true {
            if let head = buffer.firstRange(of: end) {
                let text = String(decoding: buffer[..<head.upperBound], as: UTF8.self)
                let length = head.upperBound + Self.contentLength(text)
                if buffer.count >= length {
                    defer { buffer.removeFirst(length) }
                    return String(decoding: buffer[..<length], as: UTF8.self)
                }
            }
            guard receive() else { return nil }
        }
    }

    /// The next line without its end, or nil where the client is gone.
    func readLine() -> String? {
        while true {
            if let end = buffer.firstRange(of: Array("\r\n".utf8)) {
                defer { buffer.removeFirst(end.upperBound) }
                return String(decoding: buffer[..<end.lowerBound], as: UTF8.self)
            }
            guard receive() else { return nil }
        }
    }

    /// Everything that the client still sends until it closes the connection.
    func readToClose() -> String {
        while receive() {}
        return String(decoding: buffer, as: UTF8.self)
    }

    /// Returns when the client has closed the connection.
    func waitForClose() {
        while receive() {}
    }

    /// False where the client is gone.
    @discardableResult
    func send(_ text: String) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// A whole response that keeps the connection.
    @discardableResult
    func respond(_ body: String, status: String = "200 OK", headers: String = "") -> Bool {
        send("HTTP/1.1 \(status)\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    private func receive() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe chunk.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
        guard count > 0 else { return false }
        buffer += chunk.prefix(count)
        return true
    }

    private static func contentLength(_ head: String) -> Int {
        let line = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
        return line.flatMap { Int($0.drop { $0 != ":" }.dropFirst().trimmingCharacters(in: .whitespaces)) } ?? 0
    }
}

/// Listens on a port of the kernel's choice; `serve` runs on a thread of its own for every connection.
final class LoopbackServer: Sendable {
    let port: UInt16
    private let listener: Int32
    private let count = Mutex(0)

    var url: String { "http://127.0.0.1:\(port)" }
    /// Connections accepted so far.
    var connections: Int { count.withLock(\.self) }

    init(_ serve: @escaping @Sendable (LoopbackConnection) -> Void) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        port = try Self.listen(listener)
        Thread.detachNewThread { [weak self, listener] in
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else { break }
                self?.count.withLock { $0 += 1 }
                let connection = LoopbackConnection(descriptor)
                Thread.detachNewThread { serve(connection) }
            }
            close(listener)
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
    }

    /// A server that answers every request with what `respond` gives.
    static func answering(_ respond: @escaping @Sendable (String) -> String) throws -> LoopbackServer {
        try LoopbackServer { connection in
            while let request = connection.readRequest() { connection.respond(respond(request)) }
        }
    }

    /// A port where nobody listens: it stays bound, so that nobody else is given it.
    static func deadPort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        return try bind(descriptor)
    }

    private static func listen(_ descriptor: Int32) throws -> UInt16 {
        let port = try bind(descriptor)
        // Small, so that a client soon notices a server that does not read.
        var size: Int32 = 8192
        _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        guard Foundation.listen(descriptor, 128) == 0 else { throw POSIXError(.EADDRINUSE) }
        return port
    }

    private static func bind(_ descriptor: Int32) throws -> UInt16 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe Foundation.bind(descriptor, generic, length) == 0
                    && getsockname(descriptor, generic, &length) == 0
            }
        }
        guard result else { throw POSIXError(.EADDRINUSE) }
        return UInt16(bigEndian: address.sin_port)
    }
}
