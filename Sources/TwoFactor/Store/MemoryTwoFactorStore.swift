// Accounts in memory, for unit tests and for the shared suite that the SQLite store is held to as well.

package actor MemoryTwoFactorStore: TwoFactorStore {
    private var accounts: [AccountName: Account] = [:]

    package init() {}

    package func account(of user: AccountName) -> Account { accounts[user] ?? Account() }

    package func update<Value: Sendable>(
        _ user: AccountName,
        _ body: @escaping @Sendable (inout Account) throws -> Value
    ) throws -> Value {
        var account = accounts[user] ?? Account()
        let value = try body(&account)
        accounts[user] = account
        return value
    }
}
