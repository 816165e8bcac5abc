// The listening socket. Accepts on a thread of its own, which may wait for a place, and deals the connections out to the daemons in turn.
// `close` makes the kernel refuse new connections at once.
//
// Not a Dispatch source: epoll hangs up on a listening socket that is shut down, and libdispatch then reads what a cancellation is freeing
// (swift-corelibs-libdispatch#949; seen as segmentation faults of servers that ended).

import Foundation
import Glibc
import Logging
import Synchronization

final class Listener: Sendable {
    private struct State {
        /// There is a thread, which closes the socket.
        var isStarted = false
        var isClosed = false
    }

    let port: UInt16
    private let socket: Int32
    private let state = Mutex(State())
    /// Between two tries where no connection can be accepted: out of descriptors or memory the socket stays readable.
    private static let pause: Int32 = 100

    /// Binds and listens. Nothing is accepted before `start`.
    init(_ configuration: HTTPServerConfiguration) throws(HTTPServerError) {
        let address = try SocketAddress(host: configuration.host, port: configuration.port)
        let socket = try Listener.listeningSocket(at: address)
        self.socket = socket
        port = SocketAddress.port(of: socket)
    }

    /// Gives each accepted connection to one of `daemons`, on the thread. Not to be called at the same time as `close`.
    func start(_ daemons: [Daemon], _ core: ServerCore) {
        state.withLock { $0.isStarted = true }
        let thread = Thread { self.accept(for: daemons, core) }
        thread.name = "http-listener"
        thread.start()
    }

    /// New connections, and those nobody has accepted yet, are refused from now on. To be called before the last
    /// reference goes.
    func close() {
        // Within the lock: the thread must not close a descriptor, which is anybody's then, that is yet to be shut down.
        state.withLock { state in
            guard !state.isClosed else { return }
            state.isClosed = true
            shutdown(socket, Int32(SHUT_RDWR))  // wakes the thread
            if !state.isStarted { _ = Glibc.close(socket) }
        }
    }

    private var isClosed: Bool { state.withLock { $0.isClosed } }

    private func accept(for daemons: [Daemon], _ core: ServerCore) {
        var turn = 0
        while waitForConnection() {
            guard let (client, address) = acceptOne(core) else { continue }
            daemons[turn % daemons.count].add(client, address)
            turn &+= 1
        }
        _ = Glibc.close(socket)
    }

    /// False once closed.
    private func waitForConnection() -> Bool {
        var waiting = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        unsafe poll(&waiting, 1, -1)
        return !isClosed
    }

    private func acceptOne(_ core: ServerCore) -> (Int32, SocketAddress)? {
        let (client, address) = SocketAddress.accept(from: socket)
        guard client >= 0 else {
            acceptFailed(errno, core.logger)
            return nil
        }
        _ = fcntl(client, F_SETFD, FD_CLOEXEC)
        guard core.letsIn(client, address.host) else {
            _ = Glibc.close(client)
            return nil
        }
        return (client, address)
    }

    private func acceptFailed(_ code: Int32, _ logger: Logger) {
        guard ![EAGAIN, EINTR, ECONNABORTED, EPROTO].contains(code), !isClosed else { return }
        logger.warning("cannot accept connections", metadata: ["errno": "\(code)"])
        poll(nil, 0, Listener.pause)
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
