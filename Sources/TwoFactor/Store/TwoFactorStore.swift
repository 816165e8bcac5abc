// Where accounts are kept: in memory for unit tests, in SQLite otherwise. Both run through one shared suite.

package protocol TwoFactorStore: Sendable {
    /// The account as of the last change; an empty one for a user who has none.
    func account(of user: AccountName) async throws -> Account

    /// Changes an account in one step: nobody else sees or changes it between the read and the write, also not from another process.
    ///
    /// Where `body` throws nothing is changed. It must be pure: it may run where nothing may block.
    func update<Value: Sendable>(
        _ user: AccountName,
        _ body: @escaping @Sendable (inout Account) throws -> Value
    ) async throws -> Value
}
