// The mistake that the stores must not make: read, let others read too, then write. Used to show that the tests of races find it.

import Audit
import Secrets

@testable import TwoFactor

actor RacyStore: TwoFactorStore {
    private let base = MemoryTwoFactorStore()
    private var toMeet = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// From now on so many updates read before the first of them writes.
    func race(_ count: Int) { toMeet = count }

    func account(of user: AccountName) async -> Account { await base.account(of: user) }

    func record<Value: Sendable>(
        _ user: AccountName,
        _ body: @escaping @Sendable (inout Account, inout Entries) throws -> Value
    ) async throws -> Value {
        var (account, notes) = (await base.account(of: user), Entries())
        await meet()
        let value = try body(&account, &notes)
        let changed = (account, notes)
        try await base.record(user) { ($0, $1) = changed }
        return value
    }

    func receipt(_ ids: [String], since oldest: Int64) async -> Receipt? { await base.receipt(ids, since: oldest) }

    func forgetReceipts(before time: Int64, now: Int64) async { await base.forgetReceipts(before: time, now: now) }

    func longestLease() async -> Int { await base.longestLease() }

    func record(longestLease: Int) async { await base.record(longestLease: longestLease) }

    func signOuts() async -> [AccountName] { await base.signOuts() }

    func claimDelivery(to address: String, _ policy: DeliveryPolicy, now: Int64) async -> Int64? {
        await base.claimDelivery(to: address, policy, now: now)
    }

    func rewrap(
        _ seal: @escaping @Sendable (AccountName, Authenticator) throws -> [UInt8]?,
        under record: KeyringRecord,
        noting note: AuditNote
    ) async throws -> Int { try await base.rewrap(seal, under: record, noting: note) }

    func keyringRecord() async -> KeyringRecord { await base.keyringRecord() }

    func changeKeyringRecord(
        _ body: @escaping @Sendable (KeyringRecord) throws -> KeyringRecord
    ) async throws { try await base.changeKeyringRecord(body) }

    func auditEntries(after number: Int, limit: Int, _ filter: AuditFilter) async -> [AuditEntry] {
        await base.auditEntries(after: number, limit: limit, filter)
    }

    private func meet() async {
        guard toMeet > 0 else { return }
        toMeet -= 1
        guard toMeet == 0 else { return await withCheckedContinuation { waiting.append($0) } }
        for waiter in waiting { waiter.resume() }
        waiting = []
    }
}
