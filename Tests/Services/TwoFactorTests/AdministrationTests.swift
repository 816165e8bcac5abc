// What happens to second factors and not by their users: another master key, a reset by an administrator, other settings in the topology.

import Audit
import Bus
import Contracts
import Secrets
import Testing

@testable import TwoFactor

@Suite(.timeLimit(.minutes(1))) struct AdministrationTests {
    private func keyring(_ keys: MasterKey...) throws -> Keyring { try #require(Keyring(keys)) }

    private func service(_ bench: TestBench, _ keyring: Keyring) -> TwoFactorService {
        TwoFactorService(
            store: bench.store,
            keyring: keyring,
            delivery: bench.sink,
            tokens: bench.tokens,
            clock: UnixClock { bench.clock.now },
            logger: bench.service.logger
        )
    }

    @Test(arguments: StoreKind.allCases)
    func `a secret outlives the master key it was sealed under, pending or active`(kind: StoreKind) async throws {
        let bench = try TestBench(kind)
        let (old, new) = (try MasterKey.generate(id: 1), try MasterKey.generate(id: 2))
        let first = service(bench, try keyring(old))
        let secret = try await first.enroll(bench.token(of: "ada")).secret
        _ = try await first.confirm(.init(otpCode: try bench.appCode(secret)), bench.token(of: "ada"))
        let pending = try await first.enroll(bench.token(of: "eve")).secret

        let both = service(bench, try keyring(old, new))
        #expect(try await both.rewrap() == 2)
        #expect(try await both.rewrap() == 0)

        bench.clock.advance(30)
        let last = service(bench, try keyring(new))
        _ = try await last.verify(.init(otpCode: try bench.appCode(secret)), bench.token(of: "ada"))
        _ = try await last.confirm(.init(otpCode: try bench.appCode(pending)), bench.token(of: "eve"))
        #expect(try await bench.store.auditEntries(after: 0, limit: 9, .init(operation: "2fa.rewrap")).count == 2)
    }

    @Test(arguments: StoreKind.allCases)
    func `a keyring that is not the store's is refused, and a rewrap makes its own the store's`(
        kind: StoreKind
    ) async throws {
        let bench = try TestBench(kind)
        let (old, new, other) = (
            try MasterKey.generate(id: 1), try MasterKey.generate(id: 2), try MasterKey.generate(id: 1)
        )
        let first = service(bench, try keyring(old))
        for _ in 1...2 { try await first.claimStore(isShared: true) }
        await #expect(throws: KeyringRecord.Mismatch.different(1)) {
            try await service(bench, try keyring(other)).claimStore(isShared: true)
        }
        let both = service(bench, try keyring(old, new))
        await #expect(throws: KeyringRecord.Mismatch.notShared(2)) { try await both.claimStore(isShared: true) }
        _ = try await both.rewrap()
        for fitting in [both, service(bench, try keyring(new))] { try await fitting.claimStore(isShared: true) }
        await #expect(throws: KeyringRecord.Mismatch.missing(2)) { try await first.claimStore(isShared: true) }
        #expect(try await bench.store.keyringRecord() == KeyringRecord(newestOf: try keyring(new)))
    }

    /// As if the process had died in between: whichever secret it had come to, none is moved and the old key opens all.
    @Test(arguments: StoreKind.allCases, 1...3)
    func `a rewrap that ends in the middle has moved nothing`(kind: StoreKind, end: Int) async throws {
        struct PowerCut: Error {}
        let bench = try TestBench(kind)
        let (old, new) = (try MasterKey.generate(id: 1), try MasterKey.generate(id: 2))
        let first = service(bench, try keyring(old))
        for user in ["ada", "bob", "eve"] { _ = try await first.enroll(bench.token(of: user)) }
        let both = service(bench, try keyring(old, new))
        let counter = TestClock(0)
        await #expect(throws: PowerCut.self) {
            try await bench.store.rewrap(
                { user, authenticator in
                    counter.advance(1)
                    guard counter.now < end else { throw PowerCut() }
                    return try both.vault.rewrap(authenticator, of: user)
                },
                under: KeyringRecord(newestOf: both.vault.keyring),
                noting: both.note("2fa.rewrap", "ok", on: "", from: .host)
            )
        }
        for user in ["ada", "bob", "eve"] {
            let pending = try #require(try await bench.store.account(of: AccountName(user)).pending)
            _ = try first.vault.open(pending, of: AccountName(user))
        }
        #expect(try await both.rewrap() == 3)
    }

    @Test func `a reset lets a user who has lost everything enrol anew, at once`() async throws {
        let bench = try TestBench()
        let (secret, _) = try await bench.enrolled()
        for _ in 0..<5 { await expectFailure(.otpRejected) { try await bench.verify(try bench.wrongCode(secret)) } }
        let ada = KMS.UserName(username: try #require(KMS.Username("ada")))
        _ = try await bench.on(TwoFactorOperations.reset, ada, as: "root", roles: ["admin"])
        #expect(try await !bench.service.status(.init(username: "ada")).enrolled)
        _ = try await bench.enrolled()
        await expectFailure(.forbidden) { try await bench.on(TwoFactorOperations.reset, ada, as: "eve") }
    }

    @Test func `a reset of nobody is told as such`() async throws {
        let bench = try TestBench()
        let nobody = KMS.UserName(username: try #require(KMS.Username("nobody")))
        await expectFailure(.twoFactorNotEnabled) {
            try await bench.on(TwoFactorOperations.reset, nobody, as: "root", roles: ["admin"])
        }
    }

    @Test(arguments: HMAC.Algorithm.allCases, [CodeDigits.six, .eight])
    func `an authenticator keeps the algorithm and length it was enrolled with`(
        algorithm: HMAC.Algorithm,
        digits: CodeDigits
    ) async throws {
        let bench = try TestBench(.sqlite)
        var configuration = TwoFactorConfiguration()
        (configuration.algorithm, configuration.digits) = (algorithm, digits)
        let first = TwoFactorService(
            configuration: configuration,
            store: bench.store,
            keyring: bench.service.vault.keyring,
            delivery: bench.sink,
            tokens: bench.tokens,
            clock: UnixClock { bench.clock.now },
            logger: bench.service.logger
        )
        let shown = try await first.enroll(bench.token(of: "ada"))
        #expect(shown.otpauthURI.contains("algorithm=\(algorithm.rawValue)&digits=\(digits.rawValue)&period=30"))
        let totp = try #require(TOTP(algorithm: algorithm, digits: digits))
        let bytes = try #require(Base32.decode(shown.secret))
        let code = { OTPCode(totp.code(secret: bytes, step: bench.clock.now / 30)) }
        _ = try await first.confirm(.init(otpCode: code()), bench.token(of: "ada"))
        bench.clock.advance(30)
        // The topology has gone back to the default since.
        _ = try await bench.service.verify(.init(otpCode: code()), bench.token(of: "ada"))
    }
}
