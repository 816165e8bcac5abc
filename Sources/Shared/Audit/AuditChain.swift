// Follows the chain over entries handed in piece by piece, oldest first, and says where it breaks.

package import Foundation
import Secrets

package struct AuditChain {
    /// An entry that somebody has written down elsewhere: against it a log shows whose end was cut off or written anew.
    package struct Known: Sendable, Equatable {
        package let number: Int
        /// Hexadecimal, as `verify` prints it.
        package let hash: String

        package init(number: Int, hash: String) {
            self.number = number
            self.hash = hash
        }
    }

    package private(set) var head = AuditEntry.origin
    package private(set) var count = 0
    package private(set) var brokenAt: Int?
    private let known: Known?

    package init(against known: Known? = nil) { self.known = known }

    package mutating func follow(_ entry: AuditEntry) {
        guard brokenAt == nil else { return }
        guard entry.number == count + 1, entry.hash == entry.chained(to: head), agrees(entry) else {
            brokenAt = entry.number
            return
        }
        count += 1
        head = entry.hash
    }

    /// After the last entry: a log that ends before the known entry has lost it.
    package mutating func end() {
        guard brokenAt == nil, let known, count < known.number else { return }
        brokenAt = count + 1
    }

    private func agrees(_ entry: AuditEntry) -> Bool {
        known.map { $0.number != entry.number || $0.hash == Hex.encode(Array(entry.hash)) } ?? true
    }
}
