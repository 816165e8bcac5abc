// Where accounts are kept, and the log of what was done to them: in memory for unit tests, in SQLite otherwise. Both run through one
// shared suite.

package import Audit
package import Secrets

package protocol TwoFactorStore: Sendable {
    /// The account as of the last change; an empty one for a user who has none.
    func account(of user: AccountName) async throws -> Account

    /// Changes an account, puts notes on record and keeps a receipt in one step: nobody else sees or changes it between the read and the
    /// write, also not from another process, and there is no change without its note.
    ///
    /// Where `body` throws nothing is changed. It must be pure: it may run where nothing may block.
    ///
    /// - Throws: What `body` throws; `Receipt.Taken`.
    func record<Value: Sendable>(
        _ user: AccountName,
        _ body: @escaping @Sendable (inout Account, inout Entries) throws -> Value
    ) async throws -> Value

    /// The receipt of one of these ids, unless it was kept before `oldest`.
    func receipt(_ ids: [String], since oldest: Int64) async throws -> Receipt?

    /// Charges a delivery to an address, whoever asked for it; seconds to wait where that is too soon, and nothing is charged.
    func claimDelivery(to address: String, _ policy: DeliveryPolicy, now: Int64) async throws -> Int64?

    /// Forgets receipts that were kept before `time`; those of a clock that was ahead count as of `now`. A portion of either at a time:
    /// what is left is forgotten later.
    func forgetReceipts(before time: Int64, now: Int64) async throws

    /// Forgets all receipts, and replaces the sealed secrets for which `seal` gives another, all of them or none, and says how many;
    /// from then on they lie under the keys of `record`.
    func rewrap(
        _ seal: @escaping @Sendable (AccountName, Authenticator) throws -> [UInt8]?,
        under record: KeyringRecord,
        noting note: AuditNote
    ) async throws -> Int

    /// Under which master keys secrets may lie.
    func keyringRecord() async throws -> KeyringRecord

    /// The same changed by `body`, in one step.
    func changeKeyringRecord(_ body: @escaping @Sendable (KeyringRecord) throws -> KeyringRecord) async throws

    /// The users whose sessions have to end.
    func signOuts() async throws -> [AccountName]

    /// Milliseconds that leases may be long which were given; 0 where none were.
    func longestLease() async throws -> Int
    func record(longestLease: Int) async throws

    /// Oldest first.
    func auditEntries(after number: Int, limit: Int, _ filter: AuditFilter) async throws -> [AuditEntry]
}

extension TwoFactorStore {
    /// Changes an account where there is nothing to put on record.
    package func update<Value: Sendable>(
        _ user: AccountName,
        _ body: @escaping @Sendable (inout Account) throws -> Value
    ) async throws -> Value {
        try await record(user) { account, _ in try body(&account) }
    }
}
