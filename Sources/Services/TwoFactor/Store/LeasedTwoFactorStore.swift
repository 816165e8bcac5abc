// A store whose changes return when nobody holds any more that a user has no second factor who has one now.
//
//     record  begin (inside the transaction) ──> commit ──> publish ──> every gateway has heard of it, or may not use what it holds
//
// That somebody is not enrolled lets him in without a code, so it is what is held and taken away; that he is, is asked for each time.

internal import Audit
internal import Leases
internal import Secrets
internal import Synchronization

struct LeasedTwoFactorStore: TwoFactorStore {
    let store: any TwoFactorStore
    let leases: Leases

    static func ground(of user: AccountName) -> String { "user/\(user.text)" }

    func record<Value: Sendable>(
        _ user: AccountName,
        _ body: @escaping @Sendable (inout Account, inout Entries) throws -> Value
    ) async throws -> Value {
        let ticket = Mutex<LeaseKeeper.Ticket?>(nil)
        let result: Result<Value, any Error>
        do {
            result = .success(
                try await store.record(user) { account, entries in
                    let wasEnrolled = account.isEnrolled
                    let value = try body(&account, &entries)
                    // A store may run a body more than once.
                    if account.isEnrolled, !wasEnrolled { ticket.withLock { $0 = $0 ?? leases.begin() } }
                    return value
                }
            )
        } catch { result = .failure(error) }
        if let ticket = ticket.withLock({ $0 }) {
            // Also where it failed: what became of it may not be known.
            leases.publish(ticket, [Self.ground(of: user)])
            try await leases.settled(ticket)
        }
        return try result.get()
    }

    // MARK: As below

    func account(of user: AccountName) async throws -> Account { try await store.account(of: user) }

    func receipt(_ ids: [String], since oldest: Int64) async throws -> Receipt? {
        try await store.receipt(ids, since: oldest)
    }

    func claimDelivery(to address: String, _ policy: DeliveryPolicy, now: Int64) async throws -> Int64? {
        try await store.claimDelivery(to: address, policy, now: now)
    }

    func forgetReceipts(before time: Int64, now: Int64) async throws {
        try await store.forgetReceipts(before: time, now: now)
    }

    func rewrap(
        _ seal: @escaping @Sendable (AccountName, Authenticator) throws -> [UInt8]?,
        under record: KeyringRecord,
        noting note: AuditNote
    ) async throws -> Int { try await store.rewrap(seal, under: record, noting: note) }

    func keyringRecord() async throws -> KeyringRecord { try await store.keyringRecord() }

    func changeKeyringRecord(_ body: @escaping @Sendable (KeyringRecord) throws -> KeyringRecord) async throws {
        try await store.changeKeyringRecord(body)
    }

    func signOuts() async throws -> [AccountName] { try await store.signOuts() }

    func longestLease() async throws -> Int { try await store.longestLease() }

    func record(longestLease: Int) async throws { try await store.record(longestLease: longestLease) }

    func auditEntries(after number: Int, limit: Int, _ filter: AuditFilter) async throws -> [AuditEntry] {
        try await store.auditEntries(after: number, limit: limit, filter)
    }
}
