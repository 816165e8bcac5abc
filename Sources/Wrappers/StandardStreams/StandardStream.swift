// A descriptor that is written to. It waits while the reader is slow, as write(2) does; whoever must not wait writes on another thread.

import Foundation

/// Why not everything was written, and how much was.
package struct WriteFailure: Error, Equatable, CustomStringConvertible {
    package let written: Int
    package let number: Int32

    package init(written: Int, number: Int32) {
        self.written = written
        self.number = number
    }

    /// In the system's words: `No space left on device`.
    package var description: String { unsafe String(cString: strerror(number)) }
}

package struct StandardStream: Sendable {
    package static let output = StandardStream(1)
    package static let errors = StandardStream(2)

    private let descriptor: Int32

    package init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// Whether somebody looks at it, who can be shown a line that changes.
    package var isTerminal: Bool { isatty(descriptor) == 1 }

    /// How many bytes one write takes as a whole: of a pipe that several processes write to, more than that may end up in pieces.
    package var wholeBytes: Int {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFIFO else { return 1 << 16 }
        return Int(PIPE_BUF)
    }

    package func write(_ bytes: ArraySlice<UInt8>) throws(WriteFailure) {
        var rest = bytes
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Foundation.write(descriptor, $0.baseAddress, $0.count) }
            let number = errno
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if count < 0, number == EAGAIN {
                awaitRoom()
            } else if count == 0 || number != EINTR {
                throw WriteFailure(written: bytes.count - rest.count, number: count == 0 ? EIO : number)
            }
        }
    }

    /// For a descriptor that whoever shares it has made one that does not wait.
    private func awaitRoom() {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = unsafe poll(&wanted, 1, -1)
    }
}
