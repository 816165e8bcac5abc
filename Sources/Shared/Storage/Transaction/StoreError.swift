// What a store's engine says when it cannot, in words that no engine owns. A broken constraint is the service's to name; the rest becomes
// `unavailable` on its way out (`StoreFailure`).

/// A statement that the store could not do. Where it is `constraint`, a handler should turn it into a `Failure` of its own; all else becomes
/// `unavailable` by itself.
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
