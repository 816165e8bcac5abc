// One request on one connection, as bytes: enough of a client to say exactly what a test wants said.
// Its socket calls block, so they run on a queue of its own, never on the pool that the code under test needs.

import Bus
import Dispatch
import Glibc

@testable import Gateway

enum TestHTTP {
    enum Fault: Error { case socket(String, Int32), notHTTP(String) }

    struct Response: Sendable {
        let status: Int
        let headers: [(name: String, value: String)]
        let body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }

        subscript(name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }

        func json() throws -> JSONValue { try JSONReader.read(body) }

        /// The body as the problem it has to be.
        func problem() throws -> ProblemDetails {
            guard self["Content-Type"] == "application/problem+json" else { throw Fault.notHTTP(text) }
            return try PayloadCoding.decode(ProblemDetails.self, from: body[...])
        }
    }

    /// Sends the request and reads until the server closes.
    static func send(
        _ method: String,
        _ target: String,
        port: Int,
        host: String = "localhost",
        headers: [(String, String)] = [],
        body: [UInt8] = []
    ) async throws -> Response {
        var head = "\(method) \(target) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if !body.isEmpty || method == "POST" || method == "PUT" { head += "Content-Length: \(body.count)\r\n" }
        let bytes = Array((head + "\r\n").utf8) + body
        let answer: [UInt8] = try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "test-http").async {
                continuation.resume(with: Result { try exchange(bytes, port: UInt16(port)) })
            }
        }
        return try parse(answer)
    }

    private static func parse(_ answer: [UInt8]) throws -> Response {
        let text = String(decoding: answer, as: UTF8.self)
        guard let end = answer.indices.first(where: { answer[$0...].starts(with: Array("\r\n\r\n".utf8)) }) else {
            throw Fault.notHTTP(text)
        }
        var lines = String(decoding: answer[..<end], as: UTF8.self).split(separator: "\r\n")
        let status = lines.removeFirst().split(separator: " ")
        guard status.count >= 2, let code = Int(status[1]) else { throw Fault.notHTTP(text) }
        let headers = lines.map { line in
            let sides = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            return (name: String(sides[0]), value: String(sides[1].drop { $0 == " " }))
        }
        return Response(status: code, headers: headers, body: Array(answer[(end + 4)...]))
    }

    private static func exchange(_ bytes: [UInt8], port: UInt16) throws -> [UInt8] {
        let socket = try connect(port)
        defer { close(socket) }
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes[sent...].withUnsafeBytes { rest in
                unsafe Glibc.send(socket, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            // A server that refuses a body need not read it to its end.
            guard count > 0 else { break }
            sent += count
        }
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(socket, $0.baseAddress, $0.count, 0) }
            guard count > 0 else { return received }
            received += buffer[..<count]
        }
    }

    static func connect(_ port: UInt16) throws -> Int32 {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        // A test that waits for an answer that never comes shall fail, not hang.
        var patience = timeval(tv_sec: 20, tv_usec: 0)
        unsafe setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe Glibc.connect(socket, $0, size) }
        }
        guard result == 0 else {
            let code = errno
            close(socket)
            throw Fault.socket("connect", code)
        }
        return socket
    }
}
