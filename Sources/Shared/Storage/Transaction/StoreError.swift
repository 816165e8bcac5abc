// What a store's engine says when it cannot, in words that no engine owns. A broken constraint is the service's to name; the rest becomes
// `unavailable` on its way out (`StoreFailure`).

package struct StoreError: Error, Equatable {
    package enum Kind: Sendable {
        case constraint, full, locked, readOnly, failed, cannotOpen, damaged, brokenOff, unreachable, closed, other
    }

    package let kind: Kind
    /// The engine's own text, for logs.
    package let message: String
    /// Whether what was written may be there after all.
    var leavesOutcomeOpen = false

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
}
