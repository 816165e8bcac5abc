// libmicrohttpd's connection, as far as others may touch it: to resume it, by way of the daemon that it belongs to.

@safe struct Connection: @unchecked Sendable {
    // @unchecked because the pointer is used on the daemon's loop only, and once for each time that it was suspended: by the one that took the
    // exchange from `handling` to `answered`, or the connection out of its `BodyStream`; a suspended connection is not freed.
    private let pointer: OpaquePointer
    let daemon: Daemon

    init(_ pointer: OpaquePointer, of daemon: Daemon) {
        unsafe self.pointer = pointer
        self.daemon = daemon
    }

    /// On the daemon's loop, from a callback that may.
    func suspend() {
        unsafe daemon.suspend(pointer)
    }

    func resume() {
        daemon.perform { daemon in unsafe daemon.resume(pointer) }
    }
}
