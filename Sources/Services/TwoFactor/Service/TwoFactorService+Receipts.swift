// A request that comes again under its Idempotency-Key gets the first answer again: no second code is sent, none is spent.
//
//     bind: receipt there? ──yes──> its answer
//             └─no──> the operation, which keeps the receipt in the transaction of its effect ──> its answer
//
// An answer here is a secret of the session that asked for it (an app's key, recovery codes, a token), so it is given to that session only.

internal import Bus
internal import Receipts

extension TwoFactorService {
    /// Runs `body` unless the request has been answered before, or while it runs. Of one that ends the sessions of `user` the answer says that
    /// they have ended, so they have by then.
    func once<Input: Encodable & Sendable, Output: Codable & Sendable>(
        _ input: Input,
        _ context: CallContext,
        ending user: AccountName?,
        _ body: @Sendable () async throws -> Output
    ) async throws -> Output {
        guard let claim = try receipts.claim(context, input) else { return try await body() }
        try await store.forgetReceipts(before: Receipt.oldest(at: clock.now()), now: clock.now())
        if let answer: Output = try await answer(to: claim, ending: user) { return answer }
        do { return try await body() } catch {
            // The same request, sent twice at once: one of the two has had its effect.
            if let answer: Output = try await answer(to: claim, ending: user) { return answer }
            throw error
        }
    }

    /// What to keep of an answer in the transaction of its effect; nil where it will not be asked for again.
    func receipt(for answer: some Encodable, to input: some Encodable, _ context: CallContext) throws -> Receipt? {
        guard let claim = try receipts.claim(context, input) else { return nil }
        let (id, sealed) = try receipts.seal(answer, for: claim)
        return Receipt(id: id, sealed: sealed, keptAt: clock.now())
    }

    private func answer<Output: Decodable>(to claim: ReceiptBook.Claim, ending user: AccountName?) async throws
        -> Output?
    {
        let oldest = Receipt.oldest(at: clock.now())
        guard let receipt = try await store.receipt(claim.ids, since: oldest) else { return nil }
        if let user, let signOut = try await store.account(of: user).signOut { try await carryOut(signOut, of: user) }
        let answer: Output = try receipts.open(receipt.sealed, receipt.id, for: claim)
        CallContext.current?.effect?.noteOrigin(isEarlierCall: true)
        return answer
    }
}
