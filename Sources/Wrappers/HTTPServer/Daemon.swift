// One libmicrohttpd daemon, fed with accepted sockets, as a guest of a loop: it reads, begins handlers, resumes and writes on that loop's
// thread and on no other.
//
//   loop:  descriptor readable, or time's up ──> MHD_run ──> callbacks ──> handlers begin
//          an answer is there ──> resume ──> (end of the turn) MHD_run ──> sent
//
// A resume is a flag until the next MHD_run; all those of a turn share one. MHD_get_timeout is honoured at each wait: 0 means that there is
// something that no descriptor will tell (systemd#7130).
//
// The server runs several instead of one with a thread pool and a listening socket, because of how 0.9.75 stops listening: MHD_quiesce_daemon takes
// the socket out of the workers' epoll sets behind their backs, and a worker that looks at the wrong moment does the same, fails and aborts the
// process ("Failed to remove listen FD from epoll set").

import CMicroHTTPD
import Glibc
import ZeroMQ

// @unchecked because what changes is touched on the loop's thread only, where `perform` goes.
@safe final class Daemon: LoopGuest, @unchecked Sendable {
    let core: ServerCore
    let loop: PollLoop
    let descriptor: Int32
    private let pointer: OpaquePointer
    private let context: DaemonContext
    private let sink: UnsafeMutablePointer<fountain_log_sink>
    private var suspended = 0
    private var isTurnDue = false
    private var isInTurn = false
    private var whenStopped: (() -> Void)?
    private var isStopped = false

    /// Starts it; it has its turns when the loop gets to it.
    init(_ configuration: HTTPServerConfiguration, core: ServerCore, on loop: PollLoop) throws(HTTPServerError) {
        let context = DaemonContext(core)
        let opaque = unsafe Unmanaged.passUnretained(context).toOpaque()
        let sink = UnsafeMutablePointer<fountain_log_sink>.allocate(capacity: 1)
        unsafe sink.initialize(to: fountain_log_sink(write: DaemonCallbacks.log, context: opaque))
        var options = unsafe DaemonOptions.items(configuration, context: opaque)
        let started = unsafe fountain_start_daemon(
            DaemonOptions.flags,
            DaemonCallbacks.access,
            opaque,
            sink,
            &options
        )
        guard let started = unsafe started else {
            unsafe sink.deallocate()
            throw .daemonRefused
        }
        unsafe self.pointer = started
        unsafe self.sink = sink
        self.core = core
        self.loop = loop
        self.context = context
        descriptor = unsafe fountain_epoll_descriptor(started)
        context.daemon = self
        perform { $0.loop.host($0) }
    }

    /// Runs `body` on the loop: now, where this is the loop.
    func perform(_ body: @escaping @Sendable (Daemon) -> Void) {
        if loop.isCurrent { body(self) } else { Task(executorPreference: loop) { body(self) } }
    }

    /// Hands over an accepted socket, which from now on is the daemon's to close. The doorkeeper has let it in, and is told where it is not taken.
    func add(_ socket: Int32, _ address: SocketAddress) {
        perform { daemon in
            if daemon.isStopped { _ = close(socket) }
            guard !daemon.isStopped, unsafe address.withPointer({ unsafe daemon.take(socket, $0, $1) }) else {
                return daemon.core.doorkeeper.letOut(address.host)
            }
            daemon.runAtEndOfTurn()
        }
    }

    /// False where it closed the socket at once.
    private func take(_ socket: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t) -> Bool {
        unsafe MHD_add_connection(pointer, socket, address, length) == .YES
    }

    // MARK: On the loop

    var millisecondsLeft: Int? {
        let left = unsafe fountain_timeout(pointer)
        return left < 0 ? nil : Int(clamping: left)
    }

    func takeTurn() {
        isTurnDue = false
        guard !isStopped else { return }
        isInTurn = true
        unsafe MHD_run(pointer)
        isInTurn = false
        stopIfAsked()
    }

    func suspend(_ connection: OpaquePointer) {
        suspended += 1
        unsafe MHD_suspend_connection(connection)
    }

    func resume(_ connection: OpaquePointer) {
        suspended -= 1
        unsafe MHD_resume_connection(connection)
        runAtEndOfTurn()
        stopIfAsked()
    }

    private func runAtEndOfTurn() {
        guard !isTurnDue else { return }
        isTurnDue = true
        loop.atEndOfTurn { self.takeTurn() }
    }

    // MARK: Ending

    /// Closes all connections and then calls `body`; where it was stopped already, at once. No request may be without an answer by now: a daemon must
    /// not be stopped while a connection is suspended, so it waits for the last to be resumed.
    func stop(then body: @escaping @Sendable () -> Void) {
        perform { daemon in
            guard !daemon.isStopped else { return body() }
            let before = daemon.whenStopped
            daemon.whenStopped = {
                before?()
                body()
            }
            daemon.stopIfAsked()
        }
    }

    private func stopIfAsked() {
        guard let whenStopped, suspended == 0, !isInTurn else { return }
        (self.whenStopped, isStopped) = (nil, true)
        loop.dismiss(self)
        unsafe MHD_stop_daemon(pointer)
        unsafe sink.deallocate()
        context.daemon = nil
        whenStopped()
    }
}

/// What the callbacks get to see: it outlives the daemon's own callbacks, which come until the end of MHD_stop_daemon.
final class DaemonContext {
    let core: ServerCore
    /// Nil once stopped; until then the daemon and its context hold each other.
    var daemon: Daemon?

    init(_ core: ServerCore) { self.core = core }
}
