// Names of hosts, looked up beside libzmq. Its own look-up blocks its I/O thread, and with it every connection of the process, for as long as a
// name server is silent.
//
//   tcp://kms:7311 ──thread of its own──> tcp://10.0.0.7:7311, tcp://[fd00::7]:7311        numbers pass at once, on no thread
//
// One thread a name that is being looked up, however many ask for it: a name that hangs keeps nobody else waiting. The look-up itself cannot
// be broken off, so who asks waits as long as it likes and goes (`Resolution`). Nothing is kept: each connection asks anew.

internal import CZeroMQ
internal import Synchronization

/// Endpoints in numbers for one with a name, as soon as they are known. Asked from a loop, answered from another thread.
package final class Resolution: Sendable {
    package enum State: Sendable, Equatable {
        case pending
        /// At least one endpoint, in the order in which the system would try them.
        case found([String])
        /// No such name, or nobody who knows.
        case failed
    }

    private let answer: Mutex<State>

    init(_ state: State = .pending) { answer = Mutex(state) }

    package var state: State { answer.withLock { $0 } }

    fileprivate func settle(_ state: State) { answer.withLock { $0 = state } }
}

package final class NameResolver: Sendable {
    /// Hosts of an address book: names to numeric addresses. May block as long as it likes.
    package typealias LookUp = @Sendable (_ host: String) -> [String]

    /// For this process: two that ask for the same name share a thread.
    package static let shared = NameResolver(lookUp: NameResolver.system)

    private let lookUp: LookUp
    private struct Waiter {
        let port: Substring
        let resolution: Resolution
    }

    private let underWay = Mutex<[String: [Waiter]]>([:])

    package init(lookUp: @escaping LookUp) { self.lookUp = lookUp }

    /// The endpoint itself where there is no name in it.
    package func resolve(_ endpoint: String) -> Resolution {
        guard let (host, port) = Self.name(in: endpoint) else { return Resolution(.found([endpoint])) }
        let resolution = Resolution()
        let isFirst = underWay.withLock { asked in
            defer { asked[host, default: []].append(Waiter(port: port, resolution: resolution)) }
            return asked[host] == nil
        }
        if isFirst { begin(host) }
        return resolution
    }

    private func begin(_ host: String) {
        let errand = Errand { self.finish(host, self.lookUp(host)) }
        if !errand.run() { finish(host, []) }
    }

    private func finish(_ host: String, _ addresses: [String]) {
        let waiters = underWay.withLock { $0.removeValue(forKey: host) ?? [] }
        for waiter in waiters {
            let hosts = addresses.map { $0.contains(":") ? "[\($0)]" : $0 }
            let endpoints = hosts.map { "tcp://\($0):\(waiter.port)" }
            waiter.resolution.settle(endpoints.isEmpty ? .failed : .found(endpoints))
        }
    }

    /// Host and port of a `tcp` endpoint whose host is a name; nil for numbers, wildcards, and everything that is not `tcp`.
    static func name(in endpoint: String) -> (host: String, port: Substring)? {
        guard endpoint.hasPrefix("tcp://"), let colon = endpoint.lastIndex(of: ":") else { return nil }
        let host = endpoint[..<colon].dropFirst("tcp://".count)
        guard !host.isEmpty, host != "*", !host.hasPrefix("["), !isIPv4(host) else { return nil }
        return (String(host), endpoint[endpoint.index(after: colon)...])
    }

    private static func isIPv4(_ host: Substring) -> Bool {
        host.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2E }
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
            unsafe _ = pthread_setname_np(pthread_self(), "names")
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
