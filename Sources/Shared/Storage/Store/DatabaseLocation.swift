// Where a service keeps its data: a file that only its user may read, a schema on a PostgreSQL server, or memory for tests; and the limits that it
// is held to there.

import Bus
import Foundation
package import PostgreSQL

package struct DatabaseLocation: Sendable, Equatable {
    enum Place: Equatable {
        case memory
        case file(String)
        case schema(String, on: [Server], isAlone: Bool)
    }

    let place: Place
    package var limits = StoreLimits()

    /// Gone with the process; one connection, so readers wait for the writer.
    package static let memory = DatabaseLocation(place: .memory)

    package static func file(_ path: String) -> DatabaseLocation { DatabaseLocation(place: .file(path)) }

    /// `schema` is a name of ours: letters, digits and `_`. Of the hosts of one cluster whichever takes writes is the one. `isAlone`: no other
    /// process may have the store open while this one has it; else any number of replicas write to it.
    package static func schema(_ schema: String, on servers: [Server], isAlone: Bool = false) -> DatabaseLocation {
        DatabaseLocation(place: .schema(schema, on: servers, isAlone: isAlone))
    }
}

extension DatabaseLocation {
    /// Makes the directory (0700) and an empty file (0600) before SQLite does; `-wal` and `-shm` take the file's mode.
    static func makePrivate(_ path: String) throws(Failure) {
        do {
            try make(path)
        } catch {
            throw Failure(
                .unavailable,
                "The database file \(path) cannot be made: check its directory and who owns it."
            )
        }
    }

    private static func make(_ path: String) throws {
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
