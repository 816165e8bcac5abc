// One line of the audit log, chained to the one before:
//
//     hash = SHA-256( hash before · number · at · operation · outcome · subject · principal · peer · trace · factor )
//
// Each part goes in with its length before it (8 bytes, big-endian), so that no two entries hash alike. The first entry's
// "hash before" is 32 zero bytes. Changing, reordering or leaving out an entry breaks the chain after it; cutting off the end
// shows only against a head kept elsewhere.

package import Foundation
import Secrets

package struct AuditEntry: TableRow {
    package static let table = "audit"
    package static let origin = Data(count: 32)

    package let number: Int
    package let at: Timestamp
    package let operation: String
    package let outcome: String
    package let subject: String
    package let principal: String
    package let peer: String
    package let trace: String
    package let factor: String
    package private(set) var hash = Data()

    package init(
        number: Int,
        at: Timestamp,
        operation: String,
        outcome: String,
        subject: String,
        source: AuditSource,
        after previous: Data
    ) {
        self.number = number
        self.at = at
        self.operation = operation
        self.outcome = outcome
        self.subject = subject
        principal = source.principal
        peer = source.peer
        trace = source.trace
        factor = source.factor
        hash = chained(to: previous)
    }

    /// The hash that this entry must have after `previous`.
    package func chained(to previous: Data) -> Data {
        let parts = ["\(number)", "\(at.rawValue)", operation, outcome, subject, principal, peer, trace, factor]
        let message = parts.reduce(into: Array(previous)) { message, part in
            for shift in stride(from: 56, through: 0, by: -8) {
                message.append(UInt8(truncatingIfNeeded: part.utf8.count >> shift))
            }
            message.append(contentsOf: part.utf8)
        }
        return Data(SHA256.hash(message))
    }
}
