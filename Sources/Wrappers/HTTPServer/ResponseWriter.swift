// Puts an answer on a connection: through libmicrohttpd, or straight on the socket where that is no longer possible.

import CMicroHTTPD
import Glibc

enum ResponseWriter {
    /// Says `Connection: close` to a proxy's rules, which Go's `net/http` takes away before they see it (the Caddyfile, `@early`).
    /// A proxy passes neither on.
    private static let toProxies = (name: "Proxy-Connection", value: "close")

    /// Queues `response`; `.NO` makes the daemon close the connection. On the daemon's thread, from the access handler.
    static func queue(
        _ response: HTTPResponse,
        thenClose: Bool,
        on connection: OpaquePointer,
        of exchange: Exchange
    ) -> MHD_Result {
        guard let native = unsafe create(response, of: exchange) else { return .NO }
        defer { unsafe MHD_destroy_response(native) }
        for (name, value) in response.sendableHeaders where unsafe MHD_add_response_header(native, name, value) != .YES
        {
            return .NO
        }
        if thenClose { unsafe sayClose(in: native, toProxies: response.stream == nil) }
        return unsafe MHD_queue_response(connection, UInt32(response.status), native)
    }

    private static func sayClose(in native: OpaquePointer, toProxies isWhole: Bool) {
        _ = unsafe MHD_add_response_header(native, "Connection", "close")
        if isWhole { _ = unsafe MHD_add_response_header(native, toProxies.name, toProxies.value) }
    }

    private static func create(_ response: HTTPResponse, of exchange: Exchange) -> OpaquePointer? {
        if let stream = response.stream { return unsafe StreamReader.response(stream, on: exchange.connection) }
        return unsafe create(response.body)
    }

    /// Copies the body: the response lives on in libmicrohttpd until its last byte is sent.
    private static func create(_ body: [UInt8]) -> OpaquePointer? {
        unsafe body.withUnsafeBytes { bytes in
            let copy = unsafe UnsafeMutableRawPointer(mutating: bytes.baseAddress)
            return unsafe MHD_create_response_from_buffer(bytes.count, copy, .RESPMEM_MUST_COPY)
        }
    }

    /// Writes `response` to the socket itself. Only within a request body, when nothing else can be under way in that
    /// direction (the answers before it are sent, its own is not queued), and only before the connection is dropped.
    /// One attempt that does not block: a client that reads nothing gets nothing.
    static func writeThrough(_ response: HTTPResponse, to connection: OpaquePointer) {
        write(response, to: unsafe fountain_socket(connection))
    }

    /// The same on a socket of which libmicrohttpd has nothing to answer.
    static func write(_ response: HTTPResponse, isHead: Bool = false, to socket: Int32) {
        var head = "HTTP/1.1 \(response.status) \(reason(response.status))\r\nConnection: close\r\n"
        head += "\(toProxies.name): \(toProxies.value)\r\nContent-Length: \(response.body.count)\r\n"
        for (name, value) in response.sendableHeaders { head += "\(name): \(value)\r\n" }
        let bytes = Array((head + "\r\n").utf8) + (isHead ? [] : response.body)
        _ = unsafe bytes.withUnsafeBytes { bytes in
            unsafe send(socket, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
        }
    }

    private static func reason(_ status: Int) -> String {
        guard let phrase = unsafe fountain_reason_phrase(UInt32(status)) else { return "" }
        return unsafe String(cString: phrase)
    }
}
