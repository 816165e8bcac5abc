// A libzmq context: the I/O threads and the namespace of `inproc` endpoints.
//
// Ends when the last reference goes. `zmq_ctx_term` waits for every socket, so sockets keep their context alive and are closed first.

internal import CZeroMQ

// @unchecked because libzmq contexts may be used from any thread, and the pointer never changes.
@safe package final class Context: @unchecked Sendable {
    let handle: UnsafeMutableRawPointer

    /// - Parameter ioThreads: One moves about a gigabyte a second.
    /// - Throws: Where the operating system has no more threads or descriptors to give.
    package init(ioThreads: Int32 = 1) throws(ZeroMQError) {
        guard let handle = unsafe zmq_ctx_new() else { throw ZeroMQError(call: "zmq_ctx_new", number: zmq_errno()) }
        unsafe self.handle = unsafe handle
        try check("zmq_ctx_set") { unsafe zmq_ctx_set(handle, ZMQ_IO_THREADS, ioThreads) }
        // A peer that connects too often shall meet our limits, not libzmq's default of 1023 sockets.
        try check("zmq_ctx_set") { unsafe zmq_ctx_set(handle, ZMQ_MAX_SOCKETS, 8192) }
    }

    deinit { unsafe zmq_ctx_term(handle) }
}
