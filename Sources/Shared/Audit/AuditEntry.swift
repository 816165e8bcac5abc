// One line of a service's audit log, chained to the one before:
//
//     hash = SHA-256( hash before · number · at · operation · outcome · subject · principal · peer · trace · factor [· client] )
//
// Each part goes in with its length before it (8 bytes, big-endian), so that no two entries hash alike. The first entry's
// "hash before" is 32 zero bytes. An entry without a client's address is hashed without that part, as all were before there was one. Changing, reordering or leaving out an entry breaks the chain after it; cutting off the end
// shows only against a head kept elsewhere (`fountain audit verify --known`).

package import Foundation
import Secrets

package struct AuditEntry: Sendable, Equatable {
    package static let origin = Data(count: 32)

    /// From 1, without holes.
    package let number: Int
    /// Unix milliseconds.
    package let at: Int
    package let operation: String
    package let outcome: String
    package let subject: String
    package let principal: String
    package let peer: String
    package let trace: String
    package let factor: String
    package let client: String
    package let hash: Data

    /// The entry that follows `last`.
    package init(_ note: AuditNote, after last: AuditEntry?) {
        self.init(
            number: (last?.number ?? 0) + 1,
            at: note.at,
            operation: note.operation,
            outcome: note.outcome,
            subject: note.subject,
            source: note.source,
            hash: Data()
        )
        self = with(hash: chained(to: last?.hash ?? Self.origin))
    }

    /// An entry as it is stored, its hash unchecked.
    init(
        number: Int,
        at: Int,
        operation: String,
        outcome: String,
        subject: String,
        source: AuditSource,
        hash: Data
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
        client = source.client
        self.hash = hash
    }

    /// The hash that this entry must have after `previous`.
    package func chained(to previous: Data) -> Data {
        var parts = ["\(number)", "\(at)", operation, outcome, subject, principal, peer, trace, factor]
        if !client.isEmpty { parts.append(client) }
        let message = parts.reduce(into: Array(previous)) { message, part in
            for shift in stride(from: 56, through: 0, by: -8) {
                message.append(UInt8(truncatingIfNeeded: part.utf8.count >> shift))
            }
            message.append(contentsOf: part.utf8)
        }
        return Data(SHA256.hash(message))
    }

    private func with(hash: Data) -> AuditEntry {
        AuditEntry(
            number: number,
            at: at,
            operation: operation,
            outcome: outcome,
            subject: subject,
            source: AuditSource(principal: principal, peer: peer, trace: trace, factor: factor, client: client),
            hash: hash
        )
    }
}
