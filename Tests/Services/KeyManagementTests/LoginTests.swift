// Logging in and changing a password: what counts as the password, what guessing costs, and how many hashes each answer takes.

import Audit
import Bus
import Contracts
import Foundation
import Secrets
import Testing

@testable import KeyManagement

@Suite struct LoginTests {
    let kms: TestKMS

    init() throws { kms = try TestKMS() }

    @Test func `a token says who, until when, and how it was proven`() async throws {
        try await kms.register("Ada", roles: ["admin"])
        let tokens = try await kms.login("ADA")
        let claims = try Claims(token: tokens.accessToken)
        #expect(claims.sub == "ada")
        #expect(claims.iss == "fountain" && claims.aud == "fountain" && claims.token_use == "access")
        #expect(claims.iat == kms.clock.now.seconds && claims.auth_time == claims.iat)
        #expect(claims.exp == claims.iat + 900 && tokens.expiresIn == 900)
        #expect(claims.amr == ["pwd"] && claims.acr == KMS.firstFactor)
        #expect(try Claims(token: try await kms.login("ada").accessToken).jti != claims.jti)
    }

    @Test func `unknown, wrong and disabled look alike`() async throws {
        let admin = try await kms.admin()
        for name in ["ada", "bob"] { try await kms.register(name) }
        _ = try await kms.call(KMS.disableUser, kms.name("bob"), as: admin)
        var failures: [Failure] = []
        for credentials in try [
            kms.credentials("nobody"), kms.credentials("ada", "wrong"), kms.credentials("bob"),
        ] {
            let failure = await #expect(throws: Failure.self) { try await kms.call(KMS.login, credentials) }
            failures.append(try #require(failure))
        }
        #expect(failures[0].code == KMS.badCredentials)
        #expect(failures.allSatisfy { $0 == failures[0] })
    }

    @Test(arguments: ["correct horse ", " correct horse", "Correct horse", "correct\u{A0}horse", "correct horse\n"])
    func `a password counts exactly as received`(other: String) async throws {
        try await kms.register("ada")
        #expect(try await kms.refusal(KMS.login, kms.credentials("ada", other)) == KMS.badCredentials)
    }

    @Test(arguments: ["пароль с пробелами", "密码密码密码密码", "🔑🔑🔑🔑🔑🔑🔑🔑", "e\u{301}e\u{301}e\u{301}e\u{301}"])
    func `any language makes a password`(password: String) async throws {
        try await kms.register("ada", password)
        try await kms.login("ada", password)
    }

    @Test func `a hash with other parameters is made anew at login`() async throws {
        try await kms.register("ada")
        let cheap = try PasswordHash(hashing: TestKMS.password, parameters: try #require(.init(logN: 2, r: 8, p: 1)))
            .phc
        try await kms.store.write { tables in
            guard var account = try tables.find(Account.self, "ada") else { return }
            account.passwordHash = cheap
            try tables.save(account)
        }
        try await kms.login("ada")
        let stored = try #require(try await kms.store.read { try $0.find(Account.self, "ada") })
        #expect(stored.passwordHash.hasPrefix("$scrypt$ln=4,"))
        try await kms.login("ada")
    }

    /// Two log-ins at once, the second judged against the hash that the first has replaced; or its password was changed meanwhile.
    @Test(arguments: [true, false])
    func `a hash that has changed meanwhile is looked at before the answer`(isRight: Bool) async throws {
        try await kms.register("ada")
        let (gate, credentials) = (PasswordGate(environment: kms.environment), try kms.credentials("ada"))
        let verdict = try await gate.judge(credentials, in: nil, for: "test", from: .host)
        let parameters = try #require(ScryptParameters(logN: 4, r: 8, p: 1))
        let password = isRight ? TestKMS.password : "another horse"
        let hash = try PasswordHash(hashing: password, parameters: parameters).phc
        try await kms.store.write { tables in
            guard var account = try tables.find(Account.self, "ada") else { return }
            account.passwordHash = hash
            try tables.save(account)
        }
        let store = kms.store
        let settling = Task {
            try await gate.settling(verdict, on: credentials.password, for: "test", from: .host) { verdict in
                try await store.write { try gate.settle(verdict, in: $0) }
            }
        }
        let result = await settling.result
        #expect((try? result.get())?.passwordHash == (isRight ? hash : nil))
        if !isRight { #expect(throws: Failure.self) { try result.get() } }
        #expect(try await kms.store.read { try $0.find(AttemptCount.self, "pwd/ada")?.count } == (isRight ? nil : 1))
    }

    @Test func `attempts beyond the budget wait, and the wait ends by itself`() async throws {
        try await kms.register("ada")
        for _ in 1...5 {
            #expect(try await kms.refusal(KMS.login, kms.credentials("ada", "wrong")) == KMS.badCredentials)
        }
        let failure = await #expect(throws: Failure.self) { try await kms.login("ada") }
        #expect(failure?.code == .tooManyRequests)
        #expect(failure?.retryAfter == 1)
        kms.clock.advance(.seconds(1))
        try await kms.login("ada")
        #expect(try await kms.refusal(KMS.login, kms.credentials("ada", "wrong")) == KMS.badCredentials)
    }

    @Test func `names that nobody has are throttled like others, in every spelling`() async throws {
        for name in ["nobody", "Nobody", "NOBODY", "nObody", "noBody"] {
            #expect(try await kms.refusal(KMS.login, kms.credentials(name)) == KMS.badCredentials)
        }
        #expect(try await kms.refusal(KMS.login, kms.credentials("nobody")) == .tooManyRequests)
    }

    @Test func `logging in and changing the password in a session share its budget`() async throws {
        try await kms.register("ada")
        let ada = try await kms.principal("ada")
        let wrong = try change(from: "wrong password", to: "another horse")
        for _ in 1...3 {
            #expect(try await kms.refusal(KMS.login, kms.credentials("ada", "wrong"), as: ada) == KMS.badCredentials)
        }
        for _ in 1...2 { #expect(try await kms.refusal(KMS.changePassword, wrong, as: ada) == KMS.badCredentials) }
        #expect(try await kms.refusal(KMS.changePassword, wrong, as: ada) == .tooManyRequests)
        #expect(try await kms.refusal(KMS.login, kms.credentials("ada"), as: ada) == .tooManyRequests)
    }

    /// The time of an answer is that of its hashes; `scripts/measure-login` measures it with the real cost.
    @Test(arguments: ["wrong", "unknown", "disabled", "deleted"])
    func `whoever is refused has cost one hash, whatever the reason`(who: String) async throws {
        let admin = try await kms.admin()
        for name in ["wrong", "disabled", "deleted"] { try await kms.register(name) }
        _ = try await kms.call(KMS.disableUser, kms.name("disabled"), as: admin)
        _ = try await kms.call(KMS.deleteUser, kms.name("deleted"), as: admin)
        let before = kms.hasher.count
        let password = who == "disabled" ? TestKMS.password : "not it"
        #expect(try await kms.refusal(KMS.login, kms.credentials(who, password)) == KMS.badCredentials)
        #expect(kms.hasher.count == before + 1)
    }

    @Test(arguments: ["ada", "nobody"])
    func `whoever is throttled costs no hash`(name: String) async throws {
        try await kms.register("ada")
        for _ in 1...5 { _ = try await kms.refusal(KMS.login, kms.credentials(name, "wrong")) }
        let before = kms.hasher.count
        for _ in 1...20 {
            #expect(try await kms.refusal(KMS.login, kms.credentials(name, "wrong")) == .tooManyRequests)
        }
        #expect(kms.hasher.count == before)
    }

    @Test func `registering a name that is taken costs the same hash`() async throws {
        for _ in 1...2 {
            let before = kms.hasher.count
            _ = try? await kms.register("ada")
            #expect(kms.hasher.count == before + 1)
        }
    }

    @Test(.timeLimit(.minutes(1)), arguments: Backend.allCases)
    func `fifty parallel wrong passwords are not evaluated beyond the budget`(backend: Backend) async throws {
        let kms = try TestKMS(backend)
        try await kms.register("ada")
        let codes = try await withThrowingTaskGroup(of: ErrorCode?.self) { group in
            for number in 0..<50 {
                group.addTask { try await kms.refusal(KMS.login, kms.credentials("ada", "wrong \(number)")) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(codes.count { $0 == KMS.badCredentials } == 5)
        #expect(codes.count { $0 == .tooManyRequests } == 45)
    }

    @Test func `who has been let in before keeps a lane of their own`() async throws {
        try await kms.register("ada")
        let earlier = try await kms.login("ada").refreshToken
        for _ in 1...5 { _ = try await kms.refusal(KMS.login, kms.credentials("ada", "wrong")) }
        #expect(try await kms.refusal(KMS.login, kms.credentials("ada")) == .tooManyRequests)
        #expect(try await kms.refusal(KMS.login, kms.credentials("ada", knownBy: earlier)) == nil)
        for _ in 1...5 { _ = try await kms.refusal(KMS.login, kms.credentials("ada", "wrong", knownBy: earlier)) }
        #expect(try await kms.refusal(KMS.login, kms.credentials("ada", knownBy: earlier)) == .tooManyRequests)
    }

    @Test func `strangers' failures are none of a session's, its own are`() async throws {
        try await kms.register("ada")
        let ada = try await kms.principal("ada")
        for _ in 1...14 { _ = try await kms.refusal(KMS.login, kms.credentials("ada", "wrong")) }
        #expect(try await kms.refusal(KMS.login, kms.credentials("ada")) == .tooManyRequests)
        // Nor are a session's failures strangers' ones.
        #expect(try await kms.refusal(KMS.login, kms.credentials("ada"), as: ada) == nil)
        let wrong = try change(from: "wrong password", to: "another horse")
        for _ in 1...5 { #expect(try await kms.refusal(KMS.changePassword, wrong, as: ada) == KMS.badCredentials) }
        #expect(try await kms.refusal(KMS.changePassword, wrong, as: ada) == .tooManyRequests)
        kms.clock.advance(.seconds(1))
        let right = try change(from: TestKMS.password, to: "another horse")
        #expect(try await kms.refusal(KMS.changePassword, right, as: ada) == nil)
    }

    @Test func `another user's session opens no lane`() async throws {
        for name in ["ada", "eve"] { try await kms.register(name) }
        let eve = try await kms.principal("eve")
        for _ in 1...5 { _ = try await kms.refusal(KMS.login, kms.credentials("ada", "wrong")) }
        #expect(try await kms.refusal(KMS.login, kms.credentials("ada"), as: eve) == .tooManyRequests)
    }

    private func change(from old: String, to new: String) throws -> KMS.PasswordChange {
        KMS.PasswordChange(
            currentPassword: try #require(KMS.Password(old)),
            newPassword: try #require(KMS.NewPassword(new))
        )
    }

    @Test func `another user's token opens no lane`() async throws {
        for name in ["ada", "eve"] { try await kms.register(name) }
        let foreign = try await kms.login("eve").refreshToken
        for _ in 1...5 { _ = try await kms.refusal(KMS.login, kms.credentials("ada", "wrong")) }
        #expect(try await kms.refusal(KMS.login, kms.credentials("ada", knownBy: foreign)) == .tooManyRequests)
        #expect(try await kms.refusal(KMS.login, kms.credentials("ada", knownBy: "made up")) == .tooManyRequests)
    }

    @Test func `an overloaded hasher refuses before hashing and gives the attempt back`() async throws {
        // Costly hashes, one at a time, none waiting: of two logins at once at least one is refused.
        let slow = try #require(ScryptParameters(logN: 14, r: 8, p: 1))
        let hasher = try PasswordHasher(parameters: slow, concurrency: 1, maximumWaiting: 0)
        let kms = try TestKMS(hasher: hasher, configure: { $0.attempts.free = 1000 })
        try await kms.register("ada")
        let codes = try await withThrowingTaskGroup(of: ErrorCode?.self) { group in
            for _ in 0..<40 {
                group.addTask { try await kms.refusal(KMS.login, kms.credentials("ada", "wrong")) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let evaluated = codes.count { $0 == KMS.badCredentials }
        #expect(codes.contains(.overloaded))
        #expect(evaluated + codes.count { $0 == .overloaded } == 40)
        #expect(try await kms.store.read { try $0.find(AttemptCount.self, "pwd/ada") }?.count == evaluated)
        // One hash for registering; what was refused has cost none, and is on record.
        #expect(hasher.count == evaluated + 1)
        #expect(try await kms.audit().count { $0 == "kms.login ada overloaded" } == 40 - evaluated)
    }

    @Test func `a changed password ends the other sessions and not this one`() async throws {
        try await kms.register("ada")
        let (here, elsewhere) = (try await kms.principal("ada"), try await kms.principal("ada"))
        let change = KMS.PasswordChange(
            currentPassword: try #require(KMS.Password(TestKMS.password)),
            newPassword: try #require(KMS.NewPassword("another horse"))
        )
        _ = try await kms.call(KMS.changePassword, change, as: here)
        #expect(try await kms.isActive(here))
        #expect(try await !kms.isActive(elsewhere))
        #expect(try await kms.refusal(KMS.login, kms.credentials("ada")) == KMS.badCredentials)
        try await kms.login("ada", "another horse")
    }
}
