// What changes a user's factor ends the user's other sessions: what they are worth was said under the factor of before.
//
//     one transaction: the change, and the mark ──> the KMS ends the sessions ──> the mark goes
//
// While the mark stands the user counts as enrolled (`status`), and nothing can be enrolled: no session of before passes for one of a user
// who has no factor. The mark outlives a crash; `finishSignOuts` takes up what was left.

internal import Bus
internal import Contracts
internal import Logging
internal import Secrets

extension TwoFactorService {
    func signOut(keeping session: String?) throws -> SignOut {
        SignOut(id: Base64URL.encode(try randomness.bytes(16)), kept: session)
    }

    /// Ends what `signOut` says, which has been stored.
    ///
    /// - Throws: `Failure` with `unavailable` where the KMS does not answer; then it is tried again later.
    func carryOut(_ signOut: SignOut, of user: AccountName) async throws {
        do {
            try await tokens.endSessions(of: user.text, except: signOut.kept)
        } catch {
            logger.error(
                "sessions could not be ended yet",
                metadata: ["2fa.user": "\(user.text)", "error": "\(error)"]
            )
            throw Failure(
                .unavailable,
                "It is done, but the KMS could not end the sessions of before yet. They will be as soon as it can.",
                retryAfter: 1
            )
        }
        try await store.update(user) { account in
            if account.signOut?.id == signOut.id { account.signOut = nil }
        }
    }

    /// The same where the caller has an answer to get whatever becomes of it.
    func carryOutSooner(_ signOut: SignOut, of user: AccountName) async { try? await carryOut(signOut, of: user) }

    /// Ends the sessions that were to be ended when the service, or the KMS, went away. One user's failure keeps nobody behind it from theirs.
    ///
    /// - Throws: The first failure, after all have had their turn.
    package func finishSignOuts() async throws {
        var first: (any Error)?
        for user in try await store.signOuts() {
            do { try await finishSignOut(of: user) } catch {
                logger.warning("a sign-out is left", metadata: ["2fa.user": "\(user.text)", "error": "\(error)"])
                first = first ?? error
            }
        }
        if let first { throw first }
    }

    private func finishSignOut(of user: AccountName) async throws {
        guard let signOut = try await store.account(of: user).signOut else { return }
        try await carryOut(signOut, of: user)
    }
}
