// The three descriptors that every process is given, made safe to use whatever they are: closed, full, or read by nobody.
//
//   0 closed  ──> /dev/null, for writing only: reading fails
//   1 closed  ──> /dev/null, for reading only: writing fails, and says so
//   2 closed  ──> /dev/null, for reading only
//
// Left closed, the number would go to the next file that is opened, a database for instance, and the log would be written into it.

import Foundation

package enum StandardStreams {
    /// What a process does before anything else: signals of output that nobody takes are ignored, so that a write fails instead of
    /// ending the process, and closed descriptors are taken.
    package static func prepare() {
        // A pipe whose reader is gone, and a file that has reached the size that this user may write.
        for number in [SIGPIPE, SIGXFSZ] { _ = signal(number, SIG_IGN) }
        for (descriptor, mode) in [(Int32(0), O_WRONLY), (1, O_RDONLY), (2, O_RDONLY)] where isClosed(descriptor) {
            take(descriptor, mode)
        }
    }

    private static func isClosed(_ descriptor: Int32) -> Bool { fcntl(descriptor, F_GETFD) == -1 && errno == EBADF }

    private static func take(_ descriptor: Int32, _ mode: Int32) {
        let opened = unsafe open("/dev/null", mode)
        guard opened >= 0, opened != descriptor else { return }
        dup2(opened, descriptor)
        close(opened)
    }
}
