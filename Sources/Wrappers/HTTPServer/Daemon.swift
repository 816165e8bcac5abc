// One libmicrohttpd daemon: an epoll loop on a thread of its own, fed with accepted sockets.
//
// The server runs several instead of one daemon with a thread pool and a listening socket, because of how 0.9.75 stops
// listening: MHD_quiesce_daemon takes the socket out of the workers' epoll sets behind their backs, and a worker that
// looks at the wrong moment does the same, fails and aborts the process ("Failed to remove listen FD from epoll set").

import CMicroHTTPD
import Glibc
import Synchronization

// @unchecked because the daemon pointer is constant and libmicrohttpd locks what `add` touches; `stop` is called
// on the queue that calls `add`.
@safe final class Daemon: @unchecked Sendable {
    private let pointer: OpaquePointer
    private let core: Unmanaged<ServerCore>
    private let isStopped = Atomic(false)
    private let sink: UnsafeMutablePointer<fountain_log_sink>

    init(_ configuration: HTTPServerConfiguration, core: ServerCore) throws(HTTPServerError) {
        let context = unsafe Unmanaged.passRetained(core)
        let sink = UnsafeMutablePointer<fountain_log_sink>.allocate(capacity: 1)
        unsafe sink.initialize(to: fountain_log_sink(write: DaemonCallbacks.log, context: context.toOpaque()))
        var options = unsafe DaemonOptions.items(configuration, context: context.toOpaque())
        let started = unsafe fountain_start_daemon(
            DaemonOptions.flags,
            DaemonCallbacks.access,
            context.toOpaque(),
            sink,
            &options
        )
        guard let started = unsafe started else {
            unsafe sink.deallocate()
            unsafe context.release()
            throw .daemonRefused
        }
        unsafe self.pointer = started
        unsafe self.core = context
        unsafe self.sink = sink
    }

    /// Hands over an accepted socket, which from now on is the daemon's to close; false if it closed it at once.
    func add(_ socket: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t) -> Bool {
        unsafe MHD_add_connection(pointer, socket, address, length) == .YES
    }

    /// Closes all connections and joins the thread, the first time. No connection may be suspended; not to be called on that thread.
    func stop() {
        guard !isStopped.exchange(true, ordering: .acquiringAndReleasing) else { return }
        unsafe MHD_stop_daemon(pointer)
        unsafe sink.deallocate()
        unsafe core.release()
    }
}
