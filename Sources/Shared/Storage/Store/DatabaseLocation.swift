// Where a service keeps its data: a file that only its user may read, or memory for tests.

import Bus
import Foundation

package enum DatabaseLocation: Sendable, Equatable {
    /// Gone with the process; one connection, so readers wait for the writer.
    case memory
    case file(String)
}

extension DatabaseLocation {
    /// Makes the directory (0700) and an empty file (0600) before SQLite does; `-wal` and `-shm` take the file's mode.
    func prepare() throws(Failure) {
        guard case .file(let path) = self else { return }
        do {
            try Self.makePrivate(path)
        } catch {
            throw Failure(
                .unavailable,
                "The database file \(path) cannot be made: check its directory and who owns it."
            )
        }
    }

    private static func makePrivate(_ path: String) throws {
        let files = FileManager.default
        let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
        if !files.fileExists(atPath: directory) {
            try files.createDirectory(
                atPath: directory,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        }
        if !files.fileExists(atPath: path) {
            _ = files.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
        }
        try files.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    }
}
