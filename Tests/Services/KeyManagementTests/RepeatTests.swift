// A request that comes again under its Idempotency-Key: the first answer again, and no second effect.

import Bus
import Contracts
import Foundation
import Receipts
import Secrets
import Testing

@testable import KeyManagement

@Suite struct RepeatTests {
    private func create(_ name: String) throws -> KMS.KeyCreation {
        KMS.KeyCreation(serviceName: try #require(KMS.ServiceName(name)))
    }

    @Test(arguments: Backend.allCases)
    func `a new key is shown again to whoever asked for it, for a day`(backend: Backend) async throws {
        let kms = try TestKMS(backend)
        let root = try await kms.admin()
        let first = try await kms.call(KMS.createKey, create("job"), as: root, key: "k")
        #expect(try await kms.call(KMS.createKey, create("job"), as: root, key: "k") == first)
        // Also from another session of his, and without a key not at all.
        let elsewhere = try await kms.principal("root")
        #expect(try await kms.call(KMS.createKey, create("job"), as: elsewhere, key: "k") == first)
        #expect(try await kms.refusal(KMS.createKey, create("job"), as: root) == .conflict)
        #expect(try await kms.refusal(KMS.createKey, create("job"), as: root, key: "other") == .conflict)
        #expect(try await kms.refusal(KMS.createKey, create("other"), as: root, key: "k") == .idempotencyKeyReused)
        kms.clock.advance(.seconds(86_400))
        #expect(try await kms.refusal(KMS.createKey, create("job"), as: root, key: "k") == .conflict)
    }

    @Test(arguments: Backend.allCases)
    func `an answer that is over is not given again, whether or not it was swept`(backend: Backend) async throws {
        let kms = try TestKMS(backend)
        let root = try await kms.admin()
        let name = KMS.KeyName(serviceName: try #require(KMS.ServiceName("job")))
        let first = try await kms.call(KMS.createKey, create("job"), as: root, key: "k")
        _ = try await kms.call(KMS.deleteKey, name, as: root)
        try await kms.store.write { tables in
            for number in 0..<RecordStatements.portion {
                try tables.save(KeptReceipt(id: "old \(number)", sealed: Data(), expiresAt: Timestamp(rawValue: 1)))
            }
        }
        kms.clock.advance(.seconds(86_400))
        let second = try await kms.call(KMS.createKey, create("job"), as: root, key: "k")
        #expect(second != first)
        #expect(try await kms.call(KMS.createKey, create("job"), as: root, key: "k") == second)
    }

    @Test func `nobody else is shown it`() async throws {
        let kms = try TestKMS()
        let root = try await kms.admin()
        try await kms.register("eve", roles: ["admin"], as: root)
        _ = try await kms.call(KMS.createKey, create("job"), as: root, key: "k")
        let eve = try await kms.principal("eve")
        #expect(try await kms.refusal(KMS.createKey, create("job"), as: eve, key: "k") == .conflict)
    }

    @Test(arguments: Backend.allCases)
    func `a rotation that is repeated rotates once`(backend: Backend) async throws {
        let kms = try TestKMS(backend)
        let root = try await kms.admin()
        _ = try await kms.call(KMS.createKey, create("job"), as: root)
        let rotation = KMS.KeyRotation(serviceName: try #require(KMS.ServiceName("job")))
        let first = try await kms.call(KMS.rotateKey, rotation, as: root, key: "k")
        #expect(try await kms.call(KMS.rotateKey, rotation, as: root, key: "k") == first)
        #expect(try await kms.call(KMS.verifyKey, .init(apiKey: first.apiKey)).active)
    }

    @Test(.timeLimit(.minutes(1)), arguments: Backend.allCases)
    func `of twenty at once one has the effect, and all have its answer`(backend: Backend) async throws {
        let kms = try TestKMS(backend)
        let root = try await kms.admin()
        let answers = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<20 {
                group.addTask { try await kms.call(KMS.createKey, create("job"), as: root, key: "k").apiKey }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(answers.count == 1)
    }

    @Test func `what is kept of an answer is sealed, and filed under a name that says nothing`() async throws {
        let kms = try TestKMS(.sqlite)
        let root = try await kms.admin()
        let key = try await kms.call(KMS.createKey, create("job"), as: root, key: "k").apiKey
        let receipt = try #require(try await kms.store.read { try $0.all(KeptReceipt.self) }.first)
        #expect(receipt.sealed.range(of: Data(key.utf8)) == nil && receipt.id.utf8.count == 64)
    }

    @Test func `a log-in that is repeated is one session, and still needs the password`() async throws {
        let kms = try TestKMS()
        try await kms.register("ada")
        let first = try await kms.call(KMS.login, kms.credentials("ada"), key: "k")
        #expect(try await kms.call(KMS.login, kms.credentials("ada"), key: "k").accessToken == first.accessToken)
        #expect(try await kms.store.read { try $0.all(Session.self) }.count == 1)
        #expect(try await kms.refusal(KMS.login, kms.credentials("ada", "wrong"), key: "k") == KMS.badCredentials)
        // Anonymous senders share no names: bob's `k` is another one.
        try await kms.register("bob")
        #expect(try await kms.refusal(KMS.login, kms.credentials("bob"), key: "k") == nil)
    }

    @Test func `a registration that is repeated is answered again, and is no way to try passwords`() async throws {
        let kms = try TestKMS()
        try await kms.register("ada", key: "k")
        try await kms.register("ada", key: "k")
        for _ in 1...5 {
            await #expect(throws: Failure.self) { try await kms.register("ada", "wrong password", key: "k") }
        }
        let failure = await #expect(throws: Failure.self) { try await kms.register("ada", key: "k") }
        #expect(failure?.code == .tooManyRequests)
    }

    @Test func `a change of password that is repeated costs no attempt`() async throws {
        let kms = try TestKMS()
        try await kms.register("ada")
        let ada = try await kms.principal("ada")
        let change = KMS.PasswordChange(
            currentPassword: try #require(KMS.Password(TestKMS.password)),
            newPassword: try #require(KMS.NewPassword("another horse"))
        )
        for _ in 1...10 { _ = try await kms.call(KMS.changePassword, change, as: ada, key: "k") }
        #expect(try await kms.refusal(KMS.changePassword, change, as: ada) == KMS.badCredentials)
    }

    @Test func `a request that failed is judged afresh`() async throws {
        let kms = try TestKMS()
        let root = try await kms.admin()
        let name = KMS.KeyName(serviceName: try #require(KMS.ServiceName("job")))
        #expect(try await kms.refusal(KMS.deleteKey, name, as: root, key: "k") == .notFound)
        _ = try await kms.call(KMS.createKey, create("job"), as: root)
        for _ in 1...2 { _ = try await kms.call(KMS.deleteKey, name, as: root, key: "k") }
    }
}
