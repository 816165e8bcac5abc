// Whose sessions have to end, while they have not yet.

internal import Bus

extension Account {
    /// Notes that sessions have to end. While others have yet to, no session may put in their place a mark that spares itself: it may be one of them.
    /// An administrator's mark spares none, and always counts.
    ///
    /// - Throws: `Failure` with `unavailable`; nothing has been changed.
    mutating func mark(_ new: SignOut) throws(Failure) {
        if let signOut, let kept = new.kept, kept != signOut.kept { throw Self.signingOut }
        signOut = new
    }

    static let signingOut = Failure(
        .unavailable,
        "The sessions of before are being ended. Log in again, then do it again.",
        retryAfter: 1
    )
}
