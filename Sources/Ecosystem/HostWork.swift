// What somebody with access to a host's data directory may do there beside the services: prove audit logs whole, move secrets under new
// master keys. It works on the services whose data lies here, and makes nothing that is not there.

package import Audit
import Bus
package import Contracts
import Foundation
import FountainService
import KeyManagement
import Logging
import Secrets
import Storage
package import Topology
import TwoFactor

package struct HostWork: Sendable {
    /// The services that keep secrets and an audit log, in the order in which they are worked on.
    private static let keepers = ["kms", "2fa"]

    private let topology: Topology
    private var layout: DataLayout { DataLayout(topology) }

    package init(_ topology: Topology) { self.topology = topology }

    /// The verdict on the audit log of each service whose data lies here.
    ///
    /// - Throws: `Failure` with `not_found` where there is no log here.
    package func verifyAudits(against known: [String: AuditChain.Known] = [:]) async throws -> [String: AuditVerdict] {
        var verdicts: [String: AuditVerdict] = [:]
        for service in try present() {
            verdicts[service] = try await trail(service).verify(against: known[service])
        }
        guard let absent = known.keys.first(where: { verdicts[$0] == nil }) else { return verdicts }
        throw Failure(.notFound, "No audit log of \"\(absent)\" lies in \(topology.dataDirectory).")
    }

    /// Moves every sealed secret here under the newest master key.
    ///
    /// The services must stand still: one that runs knows only the keys that it has started with. Each step is whole by itself, and doing
    /// it all again finishes what was interrupted.
    ///
    /// - Parameters:
    ///   - withNewKey: Whether a fresh master key is made first.
    ///   - dropOldKeys: Whether the older keys leave the file afterwards.
    /// - Returns: What was moved, a line a service.
    /// - Throws: `Failure` with `conflict` where a service runs, `not_found` where there is nothing here.
    package func rewrap(withNewKey: Bool, dropOldKeys: Bool) async throws -> [String] {
        let services = try present()
        let locks = try services.map { try layout.lock($0) }
        defer { for lock in locks { lock.release() } }
        var lines: [String] = []
        for service in services { try await check(service) }
        for service in services {
            let file = layout.keyringFile(service)
            if withNewKey { _ = try file.rotate() }
            lines.append("\(service): \(try await rewrap(service))")
            if dropOldKeys { _ = try file.retire() }
        }
        return lines
    }

    private func present() throws -> [String] {
        let found = Self.keepers.filter {
            layout.hasStore($0) && (topology.stores.engine == .sqlite || topology.service($0) != nil)
        }
        guard found.isEmpty else { return found }
        throw Failure(.notFound, "No data of the KMS or the 2FA service lies in \(topology.dataDirectory).")
    }

    private func trail(_ service: String) throws -> AuditTrail {
        service == "kms"
            ? try KeyManagementService(topology, isAlone: false).audit
            : try TwoFactorService(beside: topology, isAlone: false).audit
    }

    /// Before a file is changed: with keys that are not the store's nothing can be moved.
    private func check(_ service: String) async throws {
        let record = try await record(of: service)
        do { try record.check(try layout.keyring(service)) } catch let mismatch as KeyringRecord.Mismatch {
            throw layout.refusal(mismatch, of: service)
        }
    }

    private func record(of service: String) async throws -> KeyringRecord {
        let location = try layout.store(service, isAlone: true)
        let record: Result<KeyringRecord, any Error>
        if service == "kms" {
            let store = try DatabaseStore(location)
            record = await Result { try await store.keyringRecord() }
            await store.close()
        } else {
            let store = try DatabaseTwoFactorStore(location)
            record = await Result { try await store.keyringRecord() }
            await store.close()
        }
        return try record.get()
    }

    private func rewrap(_ service: String) async throws -> String {
        guard service == "kms" else {
            return "\(try await TwoFactorService(beside: topology).rewrap()) authenticators moved"
        }
        let report = try await KeyManagementService(topology).rewrap()
        return """
            \(report.signingKeys) signing keys, \(report.apiKeys) API keys, \(report.refreshTokens) refresh tokens moved
            """
    }
}
