// Where everything that the ecosystem writes lies, below the topology's data directory:
//
//   run/kms.calls …          sockets of the ipc transport        0700
//   keys/kms.keyring …       master keys, one file a service     0700 / 0600
//   kms.sqlite …             databases                           0600

import Bus
import Foundation
import Secrets
import Storage
package import Topology

package struct DataLayout: Sendable {
    package let directory: String
    private let limits: StoreLimits

    package init(_ topology: Topology) {
        directory = topology.dataDirectory
        limits = StoreLimits(topology.stores)
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

    /// Keeps other processes from running the same service here.
    func lock(_ service: String) throws -> ServiceLock {
        try ServiceLock("\(directory)/run/\(service).lock", of: service, in: directory)
    }

    func database(_ name: String) -> DatabaseLocation {
        var location = DatabaseLocation.file(databaseFile(name))
        location.limits = limits
        return location
    }

    func databaseFile(_ name: String) -> String { "\(directory)/\(name).sqlite" }

    /// The master key file of a service; made on first use.
    func keyring(_ service: String) throws -> Keyring {
        try keyringFile(service).loadOrCreate()
    }

    func keyringFile(_ service: String) -> KeyringFile { KeyringFile(path: "\(directory)/keys/\(service).keyring") }
}

extension StoreLimits {
    fileprivate init(_ stores: Topology.Stores) {
        self.init()
        (maximumQueued, maximumBatch) = (stores.maxQueued, stores.maxBatch)
        (maximumBatchTime, lockTimeout) = (stores.maxBatchTime, stores.lockTimeout)
    }
}
