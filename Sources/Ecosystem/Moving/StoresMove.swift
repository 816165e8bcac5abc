// Moves the services' stores from SQLite files in a data directory to the PostgreSQL database that a topology names.
//
// Nobody may use either side meanwhile: each file's lock is taken as a service would take it, and each schema is claimed. The files stay as
// they are; keyrings lie beside both, and are not touched. The index of the Typesense Client is made anew by itself.

import Audit
import Bus
import Contracts
import FountainService
import KeyManagement
import ServiceA
import Storage
package import Topology
import TwoFactor

package struct StoresMove: Sendable {
    private struct Part: Sendable {
        let service: String
        let source: DurableStore
        let target: DurableStore
        let move: StoreMove
    }

    private static let migrations: [(service: String, steps: [Migration])] = [
        ("kms", DatabaseStore.migrations), ("2fa", DatabaseTwoFactorStore.migrations),
        ("service_a", DatabaseSequenceStore.migrations),
    ]

    private let parts: [Part]
    private let locks: [ServiceLock]
    /// Rows, each counted when it is copied and when it is compared.
    package let steps: Int

    /// Opens both sides of every service whose file is there.
    ///
    /// - Parameters:
    ///   - topology: Says which database; its data directory has the files.
    ///   - directory: Where the files are, if not there.
    /// - Throws: `Failure` with `conflict` where a service runs or the topology names no database, `not_found` where there are no files.
    package init(_ topology: Topology, from directory: String? = nil) async throws {
        guard topology.stores.engine != .sqlite else {
            throw Failure(
                .conflict,
                "The topology keeps its stores in SQLite: name the one that they shall be moved to."
            )
        }
        var old = topology
        old.dataDirectory = directory ?? topology.dataDirectory
        let (files, database) = (DataLayout(old), DataLayout(topology))
        let moved = Self.migrations.filter { files.hasFile($0.service) && topology.service($0.service) != nil }
        guard !moved.isEmpty else { throw Failure(.notFound, "No store of a service lies in \(old.dataDirectory).") }
        locks = try moved.map { try files.lock($0.service) }
        var (parts, rows) = ([Part](), 0)
        for (service, steps) in moved {
            let source = try DurableStore(files.database(service), migrations: steps)
            let target = try DurableStore(
                database.store(service, isAlone: true),
                migrations: steps + [StoreMove.migration]
            )
            let part = Part(
                service: service,
                source: source,
                target: target,
                move: try await StoreMove(from: source, to: target)
            )
            rows += try await part.move.count()
            parts.append(part)
        }
        (self.parts, steps) = (parts, 2 * rows)
    }

    /// Copies and compares everything, proves the audit logs, and says so, a line a service.
    ///
    /// - Throws: `Failure` with `conflict` where a target has data of its own or differs; what was interrupted is gone on with.
    package func run(_ report: @Sendable (Int) -> Void) async throws -> [String] {
        var lines: [String] = []
        for part in parts {
            var said = ""
            try await part.move.run(report) { said = try await audit(part) }
            lines.append("\(part.service): \(grouped(try await part.move.count())) rows\(said)")
        }
        return lines
    }

    /// Lets both sides go.
    package func close() async {
        for part in parts {
            await part.source.close()
            await part.target.close()
        }
        for lock in locks { lock.release() }
    }

    private func audit(_ part: Part) async throws -> String {
        guard part.service != "service_a" else { return "" }
        let (here, there) = (try await trail(part.source).verify(), try await trail(part.target).verify())
        guard here.whole, there.whole, here.head == there.head else {
            throw Failure(
                .conflict,
                "The audit log of \(part.service) is not whole: fountain audit verify says where it breaks."
            )
        }
        return ", audit log whole, \(grouped(there.entries)) entries, head \(there.head)"
    }

    private func trail(_ store: DurableStore) -> AuditTrail {
        AuditTrail { number, limit, filter in
            try await store.read { try AuditTable.entries(after: number, limit: limit, filter, in: $0) }
        }
    }
}
