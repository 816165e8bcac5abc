// One process a service on a data directory. Without it a second `fountain up` would take the first one's ipc sockets away, unnoticed until
// nobody answers, and two processes would write the same databases.
//
// The kernel holds the lock for as long as the file is open, so `kill -9` leaves nothing behind; the file itself stays.

import Bus
import Foundation
import Glibc

package final class ServiceLock: Sendable {
    private let file: FileHandle

    /// - Throws: `Failure` with `conflict` where another process has it.
    init(_ path: String, of service: String, in directory: String) throws {
        // Never replaced: a lock is on the file, not on its name.
        try? Data().write(to: URL(filePath: path), options: .withoutOverwriting)
        guard let file = FileHandle(forUpdatingAtPath: path) else {
            throw Failure(.unavailable, "The file \(path) cannot be written.")
        }
        guard flock(file.fileDescriptor, LOCK_EX | LOCK_NB) == 0 else {
            let remedy = "End it first, or give another directory with --data-dir."
            throw Failure(.conflict, "\(service) is already running on \(directory). \(remedy)")
        }
        self.file = file
    }

    package func release() {
        // Unlocked before it is closed: a child process may have got the descriptor too, and would hold the lock on.
        _ = flock(file.fileDescriptor, LOCK_UN)
        try? file.close()
    }
}
