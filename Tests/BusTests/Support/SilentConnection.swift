// A TCP connection that says nothing (CVE-2020-15166). It ends when the other side has had enough of it.

import Dispatch
import Glibc

final class SilentConnection: Sendable {
    struct Refused: Error { let number: Int32 }

    private let descriptor: Int32

    /// To a port of loopback.
    init(_ endpoint: String) throws {
        descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = (UInt16(endpoint.split(separator: ":").last ?? "") ?? 0).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe connect(descriptor, $0, size) }
        }
        guard result == 0 else { throw Refused(number: errno) }
    }

    deinit { close(descriptor) }

    /// Reads what comes until the other side closes.
    func untilClosed() async {
        await withCheckedContinuation { continuation in
            DispatchQueue(label: "silent-connection").async {
                var byte: UInt8 = 0
                while unsafe read(self.descriptor, &byte, 1) > 0 {}
                continuation.resume()
            }
        }
    }
}
