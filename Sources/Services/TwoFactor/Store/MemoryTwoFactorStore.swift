// Accounts in memory, for unit tests and for the shared suite that the SQLite store is held to as well.

package import Audit
package import Secrets

package actor MemoryTwoFactorStore: TwoFactorStore {
    private var accounts: [AccountName: Account] = [:]
    private var addresses: [String: DeliveryBudget] = [:]
    private var audit: [AuditEntry] = []
    private var receipts: [String: Receipt] = [:]
    private var lease = 0
    private var keys = KeyringRecord([:])

    package init() {}

    package func account(of user: AccountName) -> Account { accounts[user] ?? Account() }

    package func record<Value: Sendable>(
        _ user: AccountName,
        _ body: @escaping @Sendable (inout Account, inout Entries) throws -> Value
    ) throws -> Value {
        var (account, entries) = (accounts[user] ?? Account(), Entries())
        let value = try body(&account, &entries)
        if let receipt = entries.receipt {
            let isTaken = receipts[receipt.id].map { $0.keptAt >= Receipt.oldest(at: receipt.keptAt) } ?? false
            guard !isTaken else { throw Receipt.Taken() }
            receipts[receipt.id] = receipt
        }
        accounts[user] = account
        for note in entries.notes { append(note) }
        return value
    }

    package func receipt(_ ids: [String], since oldest: Int64) -> Receipt? {
        ids.lazy.compactMap { self.receipts[$0] }.first { $0.keptAt >= oldest }
    }

    package func forgetReceipts(before time: Int64, now: Int64) {
        let ordered = receipts.values.sorted { $0.keptAt < $1.keptAt }
        for receipt in ordered.prefix(while: { $0.keptAt < time }).prefix(Receipt.portion) {
            receipts[receipt.id] = nil
        }
        for receipt in ordered.reversed().prefix(while: { $0.keptAt > now }).prefix(Receipt.portion) {
            receipts[receipt.id] = Receipt(id: receipt.id, sealed: receipt.sealed, keptAt: now)
        }
    }

    package func longestLease() -> Int { lease }

    package func record(longestLease: Int) { lease = longestLease }

    package func signOuts() -> [AccountName] { accounts.filter { $0.value.signOut != nil }.map(\.key) }

    package func claimDelivery(to address: String, _ policy: DeliveryPolicy, now: Int64) -> Int64? {
        addresses[address, default: DeliveryBudget()].claim(policy, now: now)
    }

    package func rewrap(
        _ seal: @escaping @Sendable (AccountName, Authenticator) throws -> [UInt8]?,
        under record: KeyringRecord,
        noting note: AuditNote
    ) throws -> Int {
        var (moved, count) = (accounts, 0)
        for (user, account) in accounts {
            for part in [\Account.active, \Account.pending] {
                guard let authenticator = account[keyPath: part], let sealed = try seal(user, authenticator) else {
                    continue
                }
                moved[user]?[keyPath: part] = authenticator.with(sealedSecret: sealed)
                count += 1
            }
        }
        accounts = moved
        receipts = [:]
        keys = record
        append(note)
        return count
    }

    package func keyringRecord() -> KeyringRecord { keys }

    package func changeKeyringRecord(
        _ body: @escaping @Sendable (KeyringRecord) throws -> KeyringRecord
    ) throws {
        keys = try body(keys)
    }

    package func auditEntries(after number: Int, limit: Int, _ filter: AuditFilter) -> [AuditEntry] {
        Array(audit.lazy.filter { $0.number > number && filter.matches($0) }.prefix(limit))
    }

    private func append(_ note: AuditNote) { audit.append(AuditEntry(note, after: audit.last)) }
}
