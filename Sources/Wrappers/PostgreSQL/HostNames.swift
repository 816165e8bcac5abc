// Names of hosts, looked up beside libpq. Its own look-up stands still until a name server has answered, one name after the other, and knows of no
// deadline: one name that hangs would keep a store from every host.
//
//   db1 ──thread of its own──> 10.0.0.7, fd00::7        addresses and the directories of sockets need none
//
// One thread a name that is being looked up, however often it is asked for meanwhile. It cannot be broken off, so who asks waits as long as it likes
// and goes. Nothing is kept: each connection asks anew.

import Glibc
internal import Synchronization

package final class HostNames: Sendable {
    /// From a name to addresses in numbers, none where it has none. May block as long as it likes.
    package typealias LookUp = @Sendable (_ name: String) -> [String]

    /// The addresses of a name, as soon as they are known.
    final class Answer: Sendable {
        private let addresses = Mutex<[String]?>(nil)

        var known: [String]? { addresses.withLock { $0 } }

        fileprivate func settle(_ found: [String]) { addresses.withLock { $0 = found } }
    }

    /// For this process.
    package static let shared = HostNames(lookUp: HostNames.system)

    private let lookUp: LookUp
    private let underWay = Mutex<[String: Answer]>([:])

    package init(lookUp: @escaping LookUp) { self.lookUp = lookUp }

    /// Nil for what is no name.
    func addresses(of host: String) -> Answer? {
        guard Self.isName(host) else { return nil }
        let (answer, isFirst) = underWay.withLock { asked in
            if let answer = asked[host] { return (answer, false) }
            let answer = Answer()
            asked[host] = answer
            return (answer, true)
        }
        if isFirst { begin(host) }
        return answer
    }

    private func begin(_ host: String) {
        let errand = Errand { self.finish(host, self.lookUp(host)) }
        if !errand.run() { finish(host, []) }
    }

    private func finish(_ host: String, _ addresses: [String]) {
        underWay.withLock { $0.removeValue(forKey: host) }?.settle(addresses)
    }

    /// A list of hosts is libpq's own affair, as is what is no host at all.
    private static func isName(_ host: String) -> Bool {
        let isIPv4 = host.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2E }
        let isElse = host.utf8.contains {
            $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "/")
        }
        return !isIPv4 && !isElse && host.utf8.first != UInt8(ascii: "@")
    }
}

extension HostNames {
    /// As the system does it: addresses of both families, in its order.
    private static func system(_ name: String) -> [String] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_family = AF_UNSPEC
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var first: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(name, nil, &hints, &first) == 0 else { return [] }
        defer { unsafe freeaddrinfo(first) }
        var addresses: [String] = []
        var next = unsafe first
        while let info = unsafe next {
            if let text = unsafe numbers(info.pointee), !addresses.contains(text) { addresses.append(text) }
            unsafe next = unsafe info.pointee.ai_next
        }
        return addresses
    }

    private static func numbers(_ info: addrinfo) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let status = unsafe getnameinfo(
            info.ai_addr,
            info.ai_addrlen,
            &buffer,
            socklen_t(buffer.count),
            nil,
            0,
            NI_NUMERICHOST
        )
        guard status == 0 else { return nil }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// A thread for one look-up.
private final class Errand: Sendable {
    private let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    /// False where the operating system has no more threads to give.
    func run() -> Bool {
        let this = unsafe Unmanaged.passRetained(self)
        var thread = pthread_t()
        let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
            guard let argument = unsafe argument else { return nil }
            unsafe Unmanaged<Errand>.fromOpaque(argument).takeRetainedValue().body()
            return nil
        }
        guard unsafe pthread_create(&thread, nil, main, this.toOpaque()) == 0 else {
            unsafe this.release()
            return false
        }
        pthread_detach(thread)
        return true
    }
}
