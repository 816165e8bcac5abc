// The listening socket. Accepts on a queue and deals the connections out to the daemons in turn.
// `close` makes the kernel refuse new connections at once.

import Dispatch
import Glibc
import Logging
import Synchronization

// @unchecked because Dispatch sources may be used from any thread, which their protocol does not say.
final class Listener: @unchecked Sendable {
    let port: UInt16
    private let source: any DispatchSourceRead
    private let socket: Int32
    private let isClosed = Atomic(false)
    /// How many connections have been dealt out; only the queue counts.
    private let dealt = Atomic(0)

    /// Binds and listens. Nothing is accepted before `start`.
    init(_ configuration: HTTPServerConfiguration, queue: DispatchQueue) throws(HTTPServerError) {
        let address = try SocketAddress(host: configuration.host, port: configuration.port)
        let socket = try Listener.listeningSocket(at: address)
        self.socket = socket
        port = SocketAddress.port(of: socket)
        source = DispatchSource.makeReadSource(fileDescriptor: socket, queue: queue)
        source.setCancelHandler { _ = Glibc.close(socket) }
    }

    /// Gives each accepted connection to one of `daemons`, on the queue.
    func start(_ daemons: [Daemon], _ core: ServerCore) {
        source.setEventHandler { [weak self] in
            guard let self else { return }
            let turn = dealt.wrappingAdd(1, ordering: .relaxed).newValue
            acceptOne(daemons[turn % daemons.count], core)
        }
        source.activate()
    }

    /// New connections, and those nobody has accepted yet, are refused from now on. To be called before the last
    /// reference goes.
    func close() {
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        shutdown(socket, Int32(SHUT_RDWR))
        source.activate()  // a source that never ran does not deliver its cancellation
        source.cancel()
    }

    private func acceptOne(_ daemon: Daemon, _ core: ServerCore) {
        guard !isClosed.load(ordering: .acquiring) else { return }
        let (client, address) = SocketAddress.accept(from: socket)
        guard client >= 0 else { return acceptFailed(errno, core.logger) }
        _ = fcntl(client, F_SETFD, FD_CLOEXEC)
        guard core.letsIn(client, address.host) else {
            _ = Glibc.close(client)
            return
        }
        daemon.add(client, address)
    }

    /// Out of file descriptors or memory the socket stays readable: without a pause this would be a busy loop.
    private func acceptFailed(_ code: Int32, _ logger: Logger) {
        guard ![EAGAIN, EINTR, ECONNABORTED, EPROTO].contains(code), !isClosed.load(ordering: .acquiring) else {
            return
        }
        logger.warning("cannot accept connections", metadata: ["errno": "\(code)"])
        source.suspend()
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(100)) { self.source.resume() }
    }

    private static func listeningSocket(at address: SocketAddress) throws(HTTPServerError) -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let socket = Glibc.socket(address.family, kind, 0)
        guard socket >= 0 else { throw .socket(call: "socket", errno: errno) }
        var on: Int32 = 1  // a restart must not wait for the old connections' TIME_WAIT
        _ = unsafe setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        let isBound = unsafe address.withPointer { unsafe bind(socket, $0, $1) } == 0
        guard isBound, listen(socket, SOMAXCONN) == 0 else {
            let code = errno
            _ = Glibc.close(socket)
            throw .socket(call: isBound ? "listen" : "bind", errno: code)
        }
        return socket
    }
}
