// What is on record of second factors: every change and every attempt, chained, with who and by what.

import Audit
import Bus
import Contracts
import Testing

@testable import TwoFactor

@Suite(.timeLimit(.minutes(1))) struct AuditTests {
    private func entries(_ bench: TestBench) async throws -> [AuditEntry] {
        try await bench.store.auditEntries(after: 0, limit: 1000, .all)
    }

    @Test(arguments: StoreKind.allCases)
    func `the life of a factor is on record, refusals too`(kind: StoreKind) async throws {
        let bench = try TestBench(kind)
        let secret = try await bench.on(TwoFactorOperations.enroll, Empty()).secret
        let confirmation = TwoFactorOperations.Confirmation(otpCode: try bench.appCode(secret))
        _ = try await bench.on(TwoFactorOperations.confirm, confirmation)
        for _ in 0..<6 {
            let wrong = TwoFactorOperations.VerifyRequest(otpCode: try bench.wrongCode(secret))
            _ = try? await bench.on(TwoFactorOperations.verify, wrong)
        }
        _ = try await bench.on(TwoFactorOperations.generate, .init())
        _ = try await bench.on(TwoFactorOperations.verify, .init(otpCode: try await bench.sentCode()))
        _ = try? await bench.on(TwoFactorOperations.disable, Empty())
        _ = try await bench.on(TwoFactorOperations.disable, Empty(), steppedUp: true)
        let expected =
            ["2fa.enroll ok", "2fa.confirm ok"] + Array(repeating: "2fa.verify otp_rejected", count: 5) + [
                "2fa.verify too_many_requests", "2fa.generate ok", "2fa.verify ok",
                "2fa.disable insufficient_user_authentication", "2fa.disable ok",
            ]
        #expect(try await entries(bench).map { "\($0.operation) \($0.outcome)" } == expected)
        #expect(try await bench.service.audit.verify().whole)
    }

    @Test func `an entry names user, principal, peer, client, trace and factor`() async throws {
        let bench = try TestBench()
        let (secret, _) = try await bench.enrolled()
        _ = try await bench.on(TwoFactorOperations.verify, .init(otpCode: try bench.appCode(secret)))
        let entry = try #require(try await entries(bench).last)
        #expect(entry.subject == "ada" && entry.principal == "user:ada" && entry.peer == "gateway")
        #expect(entry.client == "203.0.113.7")
        #expect(entry.factor == "authenticator" && entry.trace.count == 32 && entry.at == Int(bench.clock.now) * 1000)
    }

    @Test func `who asks about somebody else is on record under that name, cut to a bearable length`() async throws {
        let bench = try TestBench()
        for name in ["Ada", String(repeating: "x", count: 100_000)] {
            _ = try? await bench.on(TwoFactorOperations.generate, .init(username: name), as: "eve")
        }
        let subjects = try await entries(bench).map(\.subject)
        #expect(subjects == ["ada", String(repeating: "x", count: 64)])
        #expect(try await entries(bench).allSatisfy { $0.principal == "user:eve" })
    }

    @Test(arguments: StoreKind.allCases)
    func `a name with U+0000 is on record all the same, and nobody can ask for it`(kind: StoreKind) async throws {
        let bench = try TestBench(kind)
        let refusal = await #expect(throws: Failure.self) {
            _ = try await bench.on(TwoFactorOperations.generate, .init(username: "a\0b"), as: "eve")
        }
        #expect(try await entries(bench).map(\.subject) == ["a\u{FFFD}b"])
        #expect(try await entries(bench).map(\.outcome) == [refusal?.code.name])
        for query in [AuditQuery(subject: "a\0b"), AuditQuery(operation: "\0")] {
            let failure = await expectFailure(.invalidRequest) {
                try await bench.on(TwoFactorOperations.listAudit, query, roles: ["admin"])
            }
            #expect(failure?.fields?.map(\.field) == [query.subject == nil ? "operation" : "subject"])
        }
    }

    @Test func `a malformed code is no attempt`() async throws {
        let bench = try TestBench()
        _ = try await bench.enrolled()
        let before = try await entries(bench).count
        _ = try? await bench.on(TwoFactorOperations.verify, .init(otpCode: "12345 "))
        #expect(try await entries(bench).count == before)
    }

    @Test func `there is no change without its entry`() async throws {
        let bench = try TestBench(.sqlite)
        struct Broken: Error {}
        await #expect(throws: Broken.self) {
            try await bench.store.record(AccountName("ada")) { account, notes in
                account.deliveries.sent = 1
                notes.append(bench.service.note("2fa.test", "ok", on: "ada", from: .host))
                throw Broken()
            }
        }
        #expect(try await entries(bench).isEmpty)
        #expect(try await bench.store.account(of: AccountName("ada")) == Account())
    }

    @Test func `administrators query by user and operation`() async throws {
        let bench = try TestBench()
        for user in ["ada", "eve"] { _ = try await bench.on(TwoFactorOperations.enroll, Empty(), as: user) }
        _ = try? await bench.on(TwoFactorOperations.disable, Empty(), as: "eve")
        let all = try await bench.on(TwoFactorOperations.listAudit, .init(), roles: ["admin"]).entries
        #expect(all.map(\.number) == [1, 2, 3])
        let query = AuditQuery(subject: "eve", operation: "2fa.disable")
        let found = try await bench.on(TwoFactorOperations.listAudit, query, roles: ["admin"]).entries
        #expect(found.map(\.number) == [3])
        await expectFailure(.forbidden) { try await bench.on(TwoFactorOperations.listAudit, query) }
    }

    @Test func `an administrator with a second factor must have shown it`() async throws {
        let bench = try TestBench()
        _ = try await bench.enrolled("root")
        await expectFailure(.insufficientUserAuthentication) {
            try await bench.on(TwoFactorOperations.listAudit, .init(), as: "root", roles: ["admin"])
        }
        await expectFailure(.insufficientUserAuthentication) {
            let ada = KMS.UserName(username: try #require(KMS.Username("ada")))
            return try await bench.on(TwoFactorOperations.reset, ada, as: "root", roles: ["admin"])
        }
        _ = try await bench.on(TwoFactorOperations.verifyAudit, Empty(), as: "root", steppedUp: true, roles: ["admin"])
    }

    @Test func `production asks every administrator, always`() async throws {
        var configuration = TwoFactorConfiguration()
        configuration.adminStepUp = .always
        let bench = try TestBench(.memory, configuration)
        await expectFailure(.insufficientUserAuthentication) {
            try await bench.on(TwoFactorOperations.listAudit, .init(), roles: ["admin"])
        }
        #expect(bench.service.handlers().entries["2fa.reset"]?.description.stepUp == .always)
    }
}
