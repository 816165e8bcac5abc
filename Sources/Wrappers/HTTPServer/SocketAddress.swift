// An IPv4 or IPv6 address in numbers and a port, in and out of the system's structures. It does not resolve names.

import Glibc

struct SocketAddress {
    private(set) var storage = sockaddr_storage()
    private let length: socklen_t

    init(host: String, port: UInt16) throws(HTTPServerError) {
        if var address = SocketAddress.ipv4(host) {
            address.sin_port = port.bigEndian
            length = socklen_t(MemoryLayout<sockaddr_in>.size)
            unsafe withUnsafeMutableBytes(of: &storage) { unsafe $0.storeBytes(of: address, as: sockaddr_in.self) }
        } else if var address = SocketAddress.ipv6(host) {
            address.sin6_port = port.bigEndian
            length = socklen_t(MemoryLayout<sockaddr_in6>.size)
            unsafe withUnsafeMutableBytes(of: &storage) { unsafe $0.storeBytes(of: address, as: sockaddr_in6.self) }
        } else {
            throw .badAddress(host)
        }
    }

    var family: Int32 { Int32(storage.ss_family) }

    /// The address without the port, as `text(of:)` writes it.
    var host: String { unsafe withPointer { address, _ in unsafe SocketAddress.text(of: address) } }

    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        unsafe withUnsafeBytes(of: storage) { bytes in
            guard let base = bytes.baseAddress else { preconditionFailure("sockaddr_storage has a size") }
            return unsafe body(base.assumingMemoryBound(to: sockaddr.self), length)
        }
    }

    /// Takes a connection from a listening socket; -1 where there is none, and `errno` says why.
    static func accept(from listening: Int32) -> (socket: Int32, address: SocketAddress) {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let socket = unsafe withUnsafeMutableBytes(of: &storage) { bytes in
            unsafe Glibc.accept(listening, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), &length)
        }
        return (socket, SocketAddress(storage, length))
    }

    private init(_ storage: sockaddr_storage, _ length: socklen_t) {
        self.storage = storage
        self.length = length
    }

    /// The port that the kernel bound `socket` to.
    static func port(of socket: Int32) -> UInt16 {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return unsafe withUnsafeMutableBytes(of: &storage) { bytes in
            guard let base = unsafe bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                unsafe getsockname(socket, base, &length) == 0
            else { return 0 }
            // The port stands at the same place in both families.
            return unsafe UInt16(bigEndian: bytes.load(as: sockaddr_in.self).sin_port)
        }
    }

    /// `127.0.0.1` or `::1`, empty for other families.
    static func text(of address: UnsafePointer<sockaddr>) -> String {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { buffer in
            let raw = unsafe UnsafeRawPointer(address)
            switch unsafe Int32(raw.load(as: sa_family_t.self)) {  // the first field of every family
            case AF_INET:
                var ip = unsafe raw.load(as: sockaddr_in.self).sin_addr
                return unsafe string(inet_ntop(AF_INET, &ip, buffer.baseAddress, socklen_t(INET6_ADDRSTRLEN)))
            case AF_INET6:
                var ip = unsafe raw.load(as: sockaddr_in6.self).sin6_addr
                return unsafe string(inet_ntop(AF_INET6, &ip, buffer.baseAddress, socklen_t(INET6_ADDRSTRLEN)))
            default:
                return ""
            }
        }
    }

    private static func string(_ text: UnsafePointer<CChar>?) -> String {
        unsafe text.map { unsafe String(cString: $0) } ?? ""
    }

    private static func ipv4(_ host: String) -> sockaddr_in? {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        return unsafe inet_pton(AF_INET, host, &address.sin_addr) == 1 ? address : nil
    }

    private static func ipv6(_ host: String) -> sockaddr_in6? {
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        return unsafe inet_pton(AF_INET6, host, &address.sin6_addr) == 1 ? address : nil
    }
}
