// Waiting for a socket, until a moment of our own: libpq's own time-outs do not run here.

import Glibc

enum Socket {
    /// True once it can be read from or written to, false at the deadline. A signal in between only makes it look again.
    static func wait(_ descriptor: Int32, reading: Bool, writing: Bool, until deadline: ContinuousClock.Instant) -> Bool
    {
        let events = (reading ? POLLIN : 0) | (writing ? POLLOUT : 0)
        var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        while true {
            let left = deadline - .now
            guard left > .zero else { return false }
            // Rounded up: a wait of less than a millisecond would be none.
            let milliseconds = Int32(clamping: Int64(left / .milliseconds(1)) + 1)
            let ready = unsafe poll(&entry, 1, milliseconds)
            if ready > 0 { return true }
        }
    }
}
