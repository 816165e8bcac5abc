// What a store's engine says when it cannot, in words that no engine owns. A broken constraint is the service's to name; a store that cannot be used becomes
// `unavailable` on its way out, or `outcome_unknown` in the midst of a commit (`StoreFailure`), and what is left is a mistake in the service.

/// A statement that the store could not do. Where it is `constraint`, a handler should turn it into a `Failure` of its own. What says that the store
/// cannot be used becomes `unavailable` by itself, or `outcome_unknown` where it broke off in the midst of a commit. `other`, a statement that is wrong for
/// instance, becomes `internal` as everything does that a handler throws and that is no `Failure`; so does a `constraint` that nobody has named.
public struct StoreError: Error, Equatable {
    /// What was in the way.
    public enum Kind: Sendable {
        /// A row breaks a rule of its table: a key that is there twice, a missing value.
        case constraint
        /// The disk, its rights, its lock or the server; the transaction; or something that the engine alone knows.
        case full, locked, readOnly, failed, cannotOpen, damaged, brokenOff, unreachable, closed, other
    }

    /// What was in the way.
    public let kind: Kind
    /// The engine's own text, for logs.
    public let message: String
    /// Whether what was written may be there after all.
    var leavesOutcomeOpen = false

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }
}
