// The chain of the audit log, computed by somebody who does not keep it: from what `/kms/audit` lists, by the rule that `AuditRecord.hash` writes down,
// and not by the code that keeps the log.

import Bus
import Histories
import Secrets

extension Story {
    static let auditOrigin = String(repeating: "0", count: 64)

    static func auditHash(after previous: String, _ content: [String]) -> String {
        let parts = content.flatMap { part in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: part.utf8.count >> $0) }
                + Array(part.utf8)
        }
        return Hex.encode(SHA256.hash((Hex.decode(previous) ?? []) + parts))
    }
}

extension AuditCheck.Link {
    /// An entry as the KMS lists it.
    init(_ entry: JSONValue) {
        let numbers = ["number", "at"].map { entry[$0].integer.map(String.init) ?? "" }
        let words = ["operation", "outcome", "subject", "principal", "peer", "trace", "factor"].map {
            entry[$0].string ?? ""
        }
        let client = entry["client"].string.map { [$0] } ?? []
        self.init(hash: entry["hash"].string ?? "", content: numbers + words + client)
    }
}
