// The two places in which an index may lie: one is shown, the other is empty, or being built.

package import Contracts

package enum IndexSide: Int, Sendable, CaseIterable {
    case first = 1
    case second = 2

    package var other: IndexSide { self == .first ? .second : .first }

    /// A name of something that each has: the first as it was called before there were two.
    package func name(_ name: String) -> String { self == .first ? name : "\(name)_\(rawValue)" }
}

/// An index that another may take the place of.
package protocol ReplaceableIndex: SearchEngine, IndexEvidence {
    /// Looks before anything is begun, where that can be told.
    ///
    /// - Throws: `Failure` with `conflict` where somebody else's index is in its place.
    func refuseForeign() async throws
    /// The documents that were written past the events.
    func documentsByHand() async throws -> [SearchDocument]
    /// Gives everything up that it holds. What comes later begins anew.
    func drop() async throws
}
