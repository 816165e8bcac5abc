// libmicrohttpd's connection, as far as others may touch it: to resume it, by way of the daemon that it belongs to.

@safe struct Connection: @unchecked Sendable {
    // @unchecked because the pointer is used on the daemon's loop only, and once: by the one that took the exchange from `handling` to
    // `answered`; until then the connection is suspended, and a suspended connection is not freed.
    private let pointer: OpaquePointer
    let daemon: Daemon

    init(_ pointer: OpaquePointer, of daemon: Daemon) {
        unsafe self.pointer = pointer
        self.daemon = daemon
    }

    func resume() {
        daemon.perform { daemon in unsafe daemon.resume(pointer) }
    }
}
