// Names of hosts, looked up beside the library that wants to connect. Its own look-up stands still until a name server has answered, and with it
// everything that the library does on that thread: in libzmq every connection of the process (ADR 0022), in libpq every host of a store.
//
//   db1 ──thread of its own──> 10.0.0.7, fd00::7
//
// One thread a name that is being looked up, however many ask for it: a name that hangs keeps nobody else waiting. The look-up cannot be broken
// off, so who asks looks at the answer as long as it likes and goes. Nothing is kept: each connection asks anew.

internal import Foundation
internal import Glibc
internal import Synchronization

package final class HostNames: Sendable {
    /// From a name to addresses in numbers, none where it has none. May block as long as it likes.
    package typealias LookUp = @Sendable (_ name: String) -> [String]

    /// The addresses of a name, as soon as they are known. Asked from a loop, answered from another thread.
    package final class Answer: Sendable {
        private let addresses = Mutex<[String]?>(nil)

        /// In the order in which the system would try them, none where there are none; nil while nobody knows.
        package var known: [String]? { addresses.withLock { $0 } }

        fileprivate func settle(_ found: [String]) { addresses.withLock { $0 = found } }
    }

    /// For this process: whoever asks for the same name at once shares a thread.
    package static let shared = HostNames(lookUp: HostNames.system)

    private let lookUp: LookUp
    private let underWay = Mutex<[String: Answer]>([:])

    package init(lookUp: @escaping LookUp) { self.lookUp = lookUp }

    package func addresses(of name: String) -> Answer {
        let (answer, isFirst) = underWay.withLock { asked in
            if let answer = asked[name] { return (answer, false) }
            let answer = Answer()
            asked[name] = answer
            return (answer, true)
        }
        if isFirst { begin(name) }
        return answer
    }

    /// Four numbers are no name.
    package static func isIPv4(_ host: some StringProtocol) -> Bool {
        host.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2E }
    }

    private func begin(_ name: String) {
        let errand = Errand { self.finish(name, self.lookUp(name)) }
        if !errand.run() { finish(name, []) }
    }

    private func finish(_ name: String, _ addresses: [String]) {
        underWay.withLock { $0.removeValue(forKey: name) }?.settle(addresses)
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
            Thread.current.name = "names"
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
