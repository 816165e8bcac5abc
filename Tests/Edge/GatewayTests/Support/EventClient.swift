// A client of `text/event-stream`, as the standard has it, on one connection: it says what came, and keeps what it would come back with.
// Its socket calls block, so they run on a queue of its own.

import Dispatch
import Glibc

// @unchecked because all but the socket is touched on `queue` only.
final class EventClient: @unchecked Sendable {
    struct Message: Sendable, Equatable {
        let id: String
        let event: String
        let data: String
    }

    private(set) var status = 0
    private(set) var head = ""
    private(set) var lastID = ""
    private(set) var retry: Int?
    private(set) var comments = 0
    private let socket: Int32
    private let queue = DispatchQueue(label: "event-client")
    /// As they came, and without their chunks' framing.
    private var raw: [UInt8] = []
    private var body: [UInt8] = []
    private var isOver = false

    /// Sends the request and reads the head of the answer.
    init(_ target: String, port: Int, headers: [(String, String)] = [], narrow: Bool = false) async throws {
        socket = try TestHTTP.connect(UInt16(port))
        if narrow {
            var size: Int32 = 4096
            unsafe setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        let fields = headers.map { "\($0.0): \($0.1)\r\n" }.joined()
        let request = Array("GET \(target) HTTP/1.1\r\nHost: localhost\r\n\(fields)\r\n".utf8)
        try await onQueue {
            _ = unsafe request.withUnsafeBytes {
                unsafe send(self.socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            try self.readHead()
        }
    }

    deinit { close(socket) }

    /// The next event; nil where the stream has ended.
    func next() async throws -> Message? {
        try await onQueue { try self.nextMessage() }
    }

    func next(_ count: Int) async throws -> [Message] {
        var messages: [Message] = []
        while messages.count < count, let message = try await next() { messages.append(message) }
        return messages
    }

    /// Returns where the client would come back to that position.
    func until(lastID id: String) async throws {
        try await onQueue { while self.lastID != id { guard try self.block() != nil else { return } } }
    }

    /// Returns where so many comments have come.
    func until(comments count: Int) async throws {
        try await onQueue { while self.comments < count { guard try self.block() != nil else { return } } }
    }

    func leave() { shutdown(socket, Int32(SHUT_RDWR)) }

    /// What is left of a body that is no stream.
    func rest() async throws -> String {
        try await onQueue {
            while self.receive() {}
            return String(decoding: self.raw, as: UTF8.self)
        }
    }

    // MARK: On the queue

    private func readHead() throws {
        let end = Array("\r\n\r\n".utf8)
        while true {
            if let at = raw.indices.first(where: { raw[$0...].starts(with: end) }) {
                head = String(decoding: raw[..<at], as: UTF8.self)
                raw.removeFirst(at + 4)
                status = Int(head.split(separator: " ").dropFirst().first ?? "") ?? 0
                return
            }
            guard receive() else { throw TestHTTP.Fault.notHTTP(String(decoding: raw, as: UTF8.self)) }
        }
    }

    private func nextMessage() throws -> Message? {
        while let lines = try block() {
            let fields = lines.filter { !$0.hasPrefix(":") }.map { line in
                let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                let value = parts.count > 1 ? parts[1] : ""
                return (String(parts[0]), String(value.first == " " ? value.dropFirst() : value))
            }
            let data = fields.filter { $0.0 == "data" }.map(\.1)
            guard !data.isEmpty else { continue }
            let event = fields.last { $0.0 == "event" }?.1 ?? "message"
            return Message(id: lastID, event: event, data: data.joined(separator: "\n"))
        }
        return nil
    }

    /// The lines up to the next empty one.
    private func block() throws -> [String]? {
        while true {
            if let end = body.indices.dropLast().first(where: { body[$0] == 10 && body[$0 + 1] == 10 }) {
                let lines = body[..<end].split(separator: 10).map { String(decoding: $0, as: UTF8.self) }
                body.removeFirst(end + 2)
                for line in lines {
                    if line.hasPrefix(":") { comments += 1 }
                    if line.hasPrefix("id: ") { lastID = String(line.dropFirst(4)) }
                    if line.hasPrefix("retry: ") { retry = Int(line.dropFirst(7)) }
                }
                return lines
            }
            if isOver { return nil }
            guard unchunk() || receive() else { return nil }
        }
    }

    /// Takes one chunk's framing away, where a whole one is there.
    private func unchunk() -> Bool {
        guard let end = raw.indices.dropLast().first(where: { raw[$0] == 13 && raw[$0 + 1] == 10 }),
            let size = Int(String(decoding: raw[..<end], as: UTF8.self), radix: 16), raw.count >= end + 4 + size
        else { return false }
        body += raw[(end + 2)..<(end + 2 + size)]
        raw.removeFirst(end + 4 + size)
        isOver = size == 0
        return true
    }

    private func receive() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(socket, $0.baseAddress, $0.count, 0) }
        guard count > 0 else { return false }
        raw += buffer[..<count]
        return true
    }

    private func onQueue<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try body() }) }
        }
    }
}
