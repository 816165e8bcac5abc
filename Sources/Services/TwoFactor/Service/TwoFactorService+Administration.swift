// What administrators and the host do.

internal import Audit
internal import Bus
internal import Contracts
internal import Secrets

extension TwoFactorService {
    /// Takes a user's factor away, and ends the sessions that began under it; the ledgers of failures go too, or the first code after
    /// enrolling anew would have to wait.
    func reset(_ request: KMS.UserName, _ context: CallContext) async throws -> Empty {
        try await requireAdministrator(context)
        let user = AccountName(request.username.text)
        let note = success(user, context)
        let signOut = try signOut(keeping: nil)
        let receipt = try receipt(for: Empty(), to: request, context)
        try await store.record(user) { account, notes in
            // Whose sessions have yet to end may be asked for again.
            guard account.disable() || account.signOut != nil else { throw Self.notEnabled }
            account.attempts = [:]
            try account.mark(signOut)
            notes.append(note)
            notes.receipt = receipt
        }
        try await carryOut(signOut, of: user)
        return Empty()
    }

    /// The gateway asks this too; here it also holds for calls that come over the bus. Peers that act by themselves are the topology's
    /// to grant.
    func requireAdministrator(_ context: CallContext) async throws {
        guard let principal = context.principal else { return }
        switch (configuration.adminStepUp, principal.kind) {
        case (.always, _): try requireFreshFactor(context)
        case (_, .apiKey): return
        case (_, .user):
            guard try await momentWithoutFactor(of: AccountName(principal.subject)) == nil else { return }
            try requireFreshFactor(context)
        }
    }

    /// Moves every sealed secret under the newest master key, in one transaction, and says how many. Codes that were sent before are
    /// hashed under the old key and die with it.
    package func rewrap() async throws -> Int {
        let vault = vault
        return try await store.rewrap(
            { user, authenticator in try vault.rewrap(authenticator, of: user) },
            under: KeyringRecord(newestOf: vault.keyring),
            noting: note("2fa.rewrap", "ok", on: "key \(vault.keyring.newestID)", from: .host)
        )
    }

    /// Refuses to work on the store with a keyring that is not its own; the first one is put on record. `isShared`: other processes may
    /// have the store open too.
    ///
    /// - Throws: `KeyringRecord.Mismatch`.
    package func claimStore(isShared: Bool) async throws {
        let keyring = vault.keyring
        try await store.changeKeyringRecord { try $0.claimed(by: keyring, isShared: isShared) }
    }
}
