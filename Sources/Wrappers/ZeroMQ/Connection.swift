// A TCP connection of a socket as the kernel knows it: what it has counted, and how to end it. libzmq tells neither, and bounds what it keeps for
// a connection in messages only.
//
// It is libzmq's descriptor: looked at, never read or written. A number may be another socket's by the time it is looked at, so each
// look compares the cookie, which no two sockets of a host have.

internal import CZeroMQ

package struct Connection: Sendable {
    package struct Counters: Sendable, Equatable {
        /// Bytes that libzmq has read.
        package let received: UInt64
        /// Bytes that the other side's kernel has.
        package let acknowledged: UInt64
    }

    package let descriptor: Int32
    private let cookie: UInt64

    /// nil for what is no TCP connection: `ipc`, `inproc`, or one that has ended.
    package init?(descriptor: Int32) {
        guard let (cookie, _) = Self.look(descriptor) else { return nil }
        self.descriptor = descriptor
        self.cookie = cookie
    }

    /// nil once it has ended.
    package var counters: Counters? {
        guard let (cookie, counters) = Self.look(descriptor), cookie == self.cookie else { return nil }
        return counters
    }

    /// Ends it as a cut cable does; libzmq finds out and lets go of all that it keeps for it.
    package func end() {
        guard counters != nil else { return }
        fai_shutdown(descriptor)
    }

    private static func look(_ descriptor: Int32) -> (cookie: UInt64, Counters)? {
        var (cookie, received, acknowledged): (UInt64, UInt64, UInt64) = (0, 0, 0)
        guard unsafe fai_tcp_counters(descriptor, &cookie, &received, &acknowledged) == 0 else { return nil }
        return (cookie, Counters(received: received, acknowledged: acknowledged))
    }

    /// Bytes of a frame on its way.
    package static func wireBytes(_ frame: Int, overhead: Int) -> Int {
        let body = frame + overhead
        return body + (body > 255 ? 9 : 2)
    }
}
