// Where a service keeps its data, a file that only its user may read or memory for tests, and the limits that it is held to there.

import Bus
import Foundation

package struct DatabaseLocation: Sendable, Equatable {
    enum Place: Equatable { case memory, file(String) }

    let place: Place
    package var limits = StoreLimits()

    /// Gone with the process; one connection, so readers wait for the writer.
    package static let memory = DatabaseLocation(place: .memory)

    package static func file(_ path: String) -> DatabaseLocation { DatabaseLocation(place: .file(path)) }
}

extension DatabaseLocation {
    /// Makes the directory (0700) and an empty file (0600) before SQLite does; `-wal` and `-shm` take the file's mode.
    func prepare() throws(Failure) {
        guard case .file(let path) = place else { return }
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
