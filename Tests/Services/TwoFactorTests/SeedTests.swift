// The unit tests that the project's first description asks for: generating a code, in isolation and in milliseconds.

import Bus
import Contracts
import Testing

@testable import TwoFactor

@Suite(.timeLimit(.minutes(1))) struct SeedTests {
    let bench: TestBench

    init() throws { bench = try TestBench() }

    @Test func `a code is generated for a user who has 2FA, and is not verified yet`() async throws {
        _ = try await bench.enrolled("testuser")
        _ = try await bench.generate(as: "testuser")
        let code = try #require(await bench.sink.next(for: "testuser")).code
        #expect(code.count == 6)
        let account = try await bench.store.account(of: AccountName("testuser"))
        #expect(account.challenges[.login] != nil)
        #expect(await bench.tokens.requests.isEmpty)
    }

    @Test func `no code is generated for a user who does not exist`() async throws {
        let failure = await expectFailure(.twoFactorNotEnabled) {
            try await bench.service.generate(.init(username: "nonexistent_user"), bench.peer)
        }
        #expect(failure?.detail == "User not found or 2FA not enabled")
    }
}
