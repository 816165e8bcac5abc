// Reading the audit log, and proving it whole.

import Bus
import Contracts
import Foundation
import Secrets

struct AuditTrail: Sendable {
    private static let page = 1000
    let environment: Environment

    func list(_ query: KMS.AuditQuery) async throws -> KMS.AuditPage {
        let (after, limit) = (query.after ?? 0, query.limit ?? 100)
        guard (1...Self.page).contains(limit) else { throw Failure.invalid("limit", "must be 1 to \(Self.page)") }
        guard after >= 0 else { throw Failure.invalid("after", "must be at least 0") }
        let entries = try await environment.store.read { try $0.auditEntries(after: after, limit: limit) }
        return KMS.AuditPage(entries: entries.map(\.described))
    }

    /// Follows the chain from its beginning, a page at a time.
    func verify() async throws -> KMS.AuditVerdict {
        var chain = AuditChain()
        while chain.brokenAt == nil {
            let after = chain.count
            let entries = try await environment.store.read { try $0.auditEntries(after: after, limit: Self.page) }
            for entry in entries { chain.follow(entry) }
            if entries.isEmpty { break }
        }
        return KMS.AuditVerdict(
            whole: chain.brokenAt == nil,
            entries: chain.count,
            head: Hex.encode(Array(chain.head)),
            brokenAt: chain.brokenAt
        )
    }
}

extension AuditEntry {
    fileprivate var described: KMS.AuditRecord {
        KMS.AuditRecord(
            number: number,
            at: at.rawValue,
            operation: operation,
            outcome: outcome,
            subject: subject,
            principal: principal,
            peer: peer,
            trace: trace,
            factor: factor,
            hash: Hex.encode(Array(hash))
        )
    }
}
