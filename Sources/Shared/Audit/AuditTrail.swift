// Reading an audit log, and proving it whole: what the operations `….audit.list` and `….audit.verify` and `fountain audit verify` do.

import Bus
package import Contracts
import Foundation
import Secrets

package struct AuditTrail: Sendable {
    /// So many entries after a number, oldest first.
    package typealias Read = @Sendable (_ after: Int, _ limit: Int, AuditFilter) async throws -> [AuditEntry]

    private let read: Read

    package init(_ read: @escaping Read) { self.read = read }

    /// - Throws: `Failure` with `invalid_request` for a page of absurd size, and for a filter that no entry can have.
    package func list(_ query: AuditQuery) async throws -> AuditPage {
        let (after, limit) = (query.after ?? 0, query.limit ?? 100)
        guard AuditQuery.limits.contains(limit) else {
            throw Failure.invalid("limit", "must be 1 to \(AuditQuery.limits.upperBound)")
        }
        guard after >= 0 else { throw Failure.invalid("after", "must be at least 0") }
        try Self.requireText(query.subject, "subject")
        try Self.requireText(query.operation, "operation")
        let filter = AuditFilter(subject: query.subject, operation: query.operation)
        return AuditPage(entries: try await read(after, limit, filter).map(\.described))
    }

    /// PostgreSQL takes no U+0000, and no entry has one.
    private static func requireText(_ text: String?, _ field: String) throws {
        guard text?.unicodeScalars.contains("\0") != true else {
            throw Failure.invalid(field, "must not contain U+0000")
        }
    }

    /// Follows the chain from its beginning, a page at a time, past an entry that is known from elsewhere.
    package func verify(against known: AuditChain.Known? = nil) async throws -> AuditVerdict {
        var chain = AuditChain(against: known)
        while chain.brokenAt == nil {
            let entries = try await read(chain.count, AuditQuery.limits.upperBound, .all)
            for entry in entries { chain.follow(entry) }
            if entries.isEmpty { break }
        }
        chain.end()
        return AuditVerdict(
            whole: chain.brokenAt == nil,
            entries: chain.count,
            head: Hex.encode(Array(chain.head)),
            brokenAt: chain.brokenAt
        )
    }
}

extension AuditEntry {
    fileprivate var described: AuditRecord {
        AuditRecord(
            number: number,
            at: at,
            operation: operation,
            outcome: outcome,
            subject: subject,
            principal: principal,
            peer: peer,
            trace: trace,
            factor: factor,
            client: client.isEmpty ? nil : client,
            hash: Hex.encode(Array(hash))
        )
    }
}
