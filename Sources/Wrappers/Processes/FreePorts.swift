// Ports of loopback for programs that have to be told theirs before they start.
//
// The kernel's own choice may be anybody's until the program listens: another test's, or that of a connection that just goes out. These are below what
// the kernel chooses from (`ip_local_port_range`, 32768 and up), and none is given out twice.

import Glibc
import Synchronization

/// Ports of loopback for programs that have to be told theirs before they start; each is given once in a process.
public enum FreePorts {
    /// There are not as many as were asked for.
    public struct None: Error {}

    private static let all = 20_000..<32_768
    private static let given = Mutex<Set<Int>>([])

    /// So many different ports that nobody listens on.
    ///
    /// - Throws: `None` where there are not so many.
    public static func take(_ count: Int) throws -> [Int] {
        try given.withLock { given in
            var ports: [Int] = []
            for port in all.shuffled() where ports.count < count && !given.contains(port) && isFree(port) {
                ports.append(port)
            }
            guard ports.count == count else { throw None() }
            given.formUnion(ports)
            return ports
        }
    }

    private static func isFree(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
