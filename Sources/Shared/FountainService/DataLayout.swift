// Where everything that the ecosystem writes lies, below the topology's data directory:
//
//   run/kms.calls …          sockets of the ipc transport        0700
//   keys/kms.keyring …       master keys, one file a service     0700 / 0600
//   kms.sqlite …             databases                           0600   (without them on PostgreSQL: a schema a service)

package import Bus
import Foundation
import PostgreSQL
package import Secrets
package import Storage
package import Topology

package struct DataLayout: Sendable {
    package let directory: String
    private let limits: StoreLimits
    private let engine: Topology.Stores.Engine

    package init(_ topology: Topology) {
        directory = topology.dataDirectory
        limits = StoreLimits(topology)
        engine = topology.stores.engine
    }

    /// Makes the directories, readable by their owner only.
    ///
    /// - Throws: `Failure` with `unavailable` saying which directory cannot be made.
    package func prepare() throws {
        for path in [directory, "\(directory)/run", "\(directory)/keys"] { try makePrivateDirectory(path) }
    }

    private func makePrivateDirectory(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: path,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw Failure(
                .unavailable,
                "The directory \(path) cannot be made. Give another with --data-dir, or see who owns its parent."
            )
        }
    }

    /// Keeps other processes from running the same replica of a service here.
    package func lock(_ service: String, replica: Int = 1) throws -> ServiceLock {
        let name = Self.name(of: service, replica: replica)
        return try ServiceLock("\(directory)/run/\(name).lock", of: name, in: directory)
    }

    /// What the second replica of a service and those behind it call what is theirs alone.
    package static func name(of service: String, replica: Int) -> String {
        replica == 1 ? service : "\(service)-\(replica)"
    }

    /// Where a service keeps its data: by the topology's engine. `isAlone`: no process may have it open meanwhile, on whatever host; a file is
    /// kept so by its `lock`.
    ///
    /// - Throws: `Failure` with `unavailable` where the password's file cannot be read.
    package func store(_ name: String, isAlone: Bool = false) throws -> DatabaseLocation {
        switch engine {
        case .sqlite: return database(name)
        case .postgreSQL(let database):
            var location = DatabaseLocation.schema(
                Self.schema(name),
                on: try database.servers(),
                isAlone: isAlone
            )
            location.limits = limits
            return location
        }
    }

    /// A file, whatever the engine is.
    package func database(_ name: String) -> DatabaseLocation {
        var location = DatabaseLocation.file(databaseFile(name))
        location.limits = limits
        return location
    }

    /// The service's name, which may not begin with a digit.
    private static func schema(_ name: String) -> String { "fountain_\(name)" }

    /// Whether there is data of the service that work on this host may be about.
    package func hasStore(_ name: String) -> Bool {
        guard case .sqlite = engine else { return true }
        return hasFile(name)
    }

    /// Whether there is a database file of the service, whatever the engine is.
    package func hasFile(_ name: String) -> Bool { FileManager.default.fileExists(atPath: databaseFile(name)) }

    private func databaseFile(_ name: String) -> String { "\(directory)/\(name).sqlite" }

    /// The master key file of a service; made on first use.
    package func keyring(_ service: String) throws -> Keyring {
        try keyringFile(service).loadOrCreate()
    }

    /// A second replica makes no master key: nobody but it could open what is sealed under it. It is run on a host of its own, so what `keyring`
    /// makes for the first one is not there by itself.
    ///
    /// - Throws: `Failure` with `conflict` where the service has master keys and this host has not got them.
    package func expectKeyring(_ service: String, replica: Int) throws {
        let path = keyringFile(service).path
        guard replica > 1, Self.sealing.contains(service), !FileManager.default.fileExists(atPath: path) else { return }
        throw Failure(
            .conflict,
            "\(path) is missing: copy it from the host of the first replica, whose master keys this one has to have too."
        )
    }

    /// Why a service does not start on its store with the master keys of this host, and what to do.
    package func refusal(_ mismatch: KeyringRecord.Mismatch, of service: String) -> Failure {
        let path = keyringFile(service).path
        let copy = "copy the file from a host where \(service) runs, or from the backup of the store."
        let detail =
            switch mismatch {
            case .missing(let id):
                "\(path) lacks master key \(id), under which secrets in the store of \(service) lie: \(copy)"
            case .different(let id):
                "\(path) has another master key \(id) than that under which secrets in the store of \(service) lie: \(copy)"
            case .notShared(let id):
                "\(path) has master key \(id), which the other replicas may not have: stop all of \(service), finish with `fountain admin rewrap` here, and copy the file to the other hosts."
            }
        return Failure(.conflict, detail)
    }

    private static let sealing: Set = ["kms", "2fa"]

    package func keyringFile(_ service: String) -> KeyringFile {
        KeyringFile(path: "\(directory)/keys/\(service).keyring")
    }
}

extension StoreLimits {
    fileprivate init(_ topology: Topology) {
        self.init()
        let stores = topology.stores
        maximumEvent = Self.event(fitting: topology.bus.maxMessage)
        (maximumQueued, maximumBatch) = (stores.maxQueued, stores.maxBatch)
        (maximumBatchTime, maximumWriteTime) = (stores.maxBatchTime, stores.maxWriteTime)
        (pageCache, lockTimeout) = (stores.pageCache, stores.lockTimeout)
        (connectTimeout, commitTimeout) = (stores.connectTimeout, stores.commitTimeout)
        settleTimeout = stores.settleTimeout
    }
}

extension Topology.Stores.Database {
    /// With the password, which stands in a file of its own.
    fileprivate func servers() throws -> [Server] {
        guard let password = try? String(contentsOfFile: passwordFile, encoding: .utf8) else {
            throw Failure(.unavailable, "The file \(passwordFile) cannot be read (stores.password_file).")
        }
        return hosts.map { host in
            Server(
                host: host.host,
                port: host.port,
                database: name,
                user: user,
                password: password.trimmingCharacters(in: .newlines),
                security: authorityFile.map { .verified(authorityFile: $0) } ?? .none
            )
        }
    }
}
