// The mistake that the stores must not make: read, let others read too, then write. Used to show that the tests of races find it.

@testable import TwoFactor

actor RacyStore: TwoFactorStore {
    private let base = MemoryTwoFactorStore()
    private var toMeet = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// From now on so many updates read before the first of them writes.
    func race(_ count: Int) { toMeet = count }

    func account(of user: AccountName) async -> Account { await base.account(of: user) }

    func update<Value: Sendable>(
        _ user: AccountName,
        _ body: @escaping @Sendable (inout Account) throws -> Value
    ) async throws -> Value {
        var account = await base.account(of: user)
        await meet()
        let value = try body(&account)
        let changed = account
        try await base.update(user) { $0 = changed }
        return value
    }

    private func meet() async {
        guard toMeet > 0 else { return }
        toMeet -= 1
        guard toMeet == 0 else { return await withCheckedContinuation { waiting.append($0) } }
        for waiter in waiting { waiter.resume() }
        waiting = []
    }
}
