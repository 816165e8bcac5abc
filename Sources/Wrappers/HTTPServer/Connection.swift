// libmicrohttpd's connection, as far as other threads may touch it: to resume it.

import CMicroHTTPD

// @unchecked because the pointer is used once, by the one that took the exchange from `handling` to `answered`; until
// then the connection is suspended, and a suspended connection is neither freed nor touched by the daemon's thread.
@safe struct Connection: @unchecked Sendable {
    private let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) {
        unsafe self.pointer = pointer
    }

    func resume() {
        unsafe MHD_resume_connection(pointer)
    }
}
