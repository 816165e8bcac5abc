// API keys of services: made, rotated, expired, deleted. When that is answered the old one is refused; what is shown later is not the key.

import Bus
import Contracts
import Foundation
import Secrets
import Testing

@testable import KeyManagement

@Suite struct ServiceKeyTests {
    let kms: TestKMS

    init() throws { kms = try TestKMS() }

    private func create(
        _ name: String = "job",
        chosen: String? = nil,
        roles: [String]? = nil,
        scopes: [String]? = nil,
        expiresIn: Int? = nil
    ) async throws -> KMS.IssuedKey {
        let creation = KMS.KeyCreation(
            serviceName: try #require(KMS.ServiceName(name)),
            apiKey: try chosen.map { try #require(KMS.ChosenKey($0)) },
            roles: try roles.map { try #require(KMS.Roles($0)) },
            scopes: try scopes?.map { try #require(KMS.Scope($0)) },
            expiresIn: expiresIn
        )
        return try await kms.call(KMS.createKey, creation)
    }

    private func rotation(overlap: Int? = nil) throws -> KMS.KeyRotation {
        KMS.KeyRotation(serviceName: try #require(KMS.ServiceName("job")), overlapSeconds: overlap)
    }

    private func name(_ name: String = "job") throws -> KMS.KeyName {
        KMS.KeyName(serviceName: try #require(KMS.ServiceName(name)))
    }

    private func verify(_ key: String) async throws -> KMS.KeyVerdict {
        try await kms.call(KMS.verifyKey, .init(apiKey: key))
    }

    @Test func `a key is made, stands for its service, and may do what a user may`() async throws {
        let issued = try await create()
        #expect(APIKey(issued.apiKey) != nil)
        #expect(
            try await verify(issued.apiKey) == .init(active: true, serviceName: "job", roles: ["user"], scopes: nil)
        )
    }

    @Test func `scopes and roles are those that were given, also after rotation`() async throws {
        _ = try await create(roles: ["editor"], scopes: ["service_a.*", "search.query"])
        let rotated = try await kms.call(KMS.rotateKey, rotation())
        let verdict = try await verify(rotated.apiKey)
        #expect(verdict.roles == ["editor"] && verdict.scopes == ["service_a.*", "search.query"])
    }

    @Test func `when rotate answers the old key is refused`() async throws {
        let first = try await create()
        let second = try await kms.call(KMS.rotateKey, rotation())
        #expect(try await verify(first.apiKey) == .inactive)
        #expect(try await verify(second.apiKey).active)
        #expect(second.apiKey != first.apiKey)
    }

    @Test func `with an overlap both work until it ends`() async throws {
        let first = try await create()
        let second = try await kms.call(KMS.rotateKey, rotation(overlap: 60))
        let dies = kms.clock.now.seconds + 60
        #expect(try await kms.call(KMS.showKey, name()).previousUntil == dies)
        kms.clock.advance(.milliseconds(59_999))
        #expect(try await verify(first.apiKey).active)
        kms.clock.advance(.milliseconds(1))
        #expect(try await verify(first.apiKey) == .inactive)
        #expect(try await verify(second.apiKey).active)
        #expect(try await kms.call(KMS.showKey, name()).previousUntil == nil)
    }

    @Test func `a rotation without overlap kills all that still overlap`() async throws {
        let first = try await create()
        let second = try await kms.call(KMS.rotateKey, rotation(overlap: 600))
        _ = try await kms.call(KMS.rotateKey, rotation())
        #expect(try await verify(first.apiKey) == .inactive)
        #expect(try await verify(second.apiKey) == .inactive)
    }

    @Test(arguments: [-1, 604_801])
    func `an absurd overlap is refused by name`(overlap: Int) async throws {
        _ = try await create()
        let input = try rotation(overlap: overlap)
        let failure = await #expect(throws: Failure.self) { try await kms.call(KMS.rotateKey, input) }
        #expect(failure?.fields?.map(\.field) == ["overlap_seconds"])
    }

    @Test func `when delete answers the key is refused, and the name is free again`() async throws {
        let issued = try await create()
        _ = try await kms.call(KMS.deleteKey, name())
        #expect(try await verify(issued.apiKey) == .inactive)
        #expect(try await kms.refusal(KMS.showKey, name()) == .notFound)
        #expect(try await verify(try await create().apiKey).active)
    }

    @Test func `an expired key is refused and cannot be rotated into a new life`() async throws {
        let issued = try await create(expiresIn: 60)
        kms.clock.advance(.seconds(60))
        #expect(try await verify(issued.apiKey) == .inactive)
        #expect(try await kms.refusal(KMS.rotateKey, rotation()) == .conflict)
    }

    @Test func `a key of the caller's choice works and is never taken twice`() async throws {
        let chosen = "my-own-key-of-thirty-two-letters-0123"
        #expect(try await create(chosen: chosen).apiKey == chosen)
        #expect(try await verify(chosen).serviceName == "job")
        let failure = await #expect(throws: Failure.self) { try await create("other", chosen: chosen) }
        #expect(failure?.code == .conflict)
        #expect(try await verify(chosen).serviceName == "job")
    }

    @Test(arguments: ["", "short", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "has a space 0123456789abcdefghijklmn"])
    func `a weak choice is refused by name`(key: String) async throws {
        let body = Array(#"{"service_name":"job","api_key":"\#(key)"}"#.utf8)
        let failure = await #expect(throws: Failure.self) { try await kms.call("kms.keys.create", body) }
        #expect(failure?.fields?.map(\.field) == ["api_key"])
    }

    @Test func `show and list tell all but the key`() async throws {
        let issued = try await create(scopes: ["kms.*"], expiresIn: 3600)
        let shown = try await kms.call(KMS.showKey, name())
        #expect(shown.prefix == issued.apiKey.prefix(8) + "…")
        #expect(shown.createdAt == kms.clock.now.seconds && shown.expiresAt == kms.clock.now.seconds + 3600)
        #expect(shown.lastUsedAt == nil && shown.rotatedAt == nil)
        #expect(try await kms.call(KMS.listKeys, Empty()).keys == [shown])
        let stored = try #require(try await kms.store.read { try $0.all(KeySecret.self) }.first)
        #expect(stored.sealed.range(of: Data(issued.apiKey.utf8)) == nil && stored.id != issued.apiKey)
    }

    @Test func `the last use is noted at most once a minute`() async throws {
        let issued = try await create()
        let first = kms.clock.now.seconds
        _ = try await verify(issued.apiKey)
        kms.clock.advance(.seconds(59))
        _ = try await verify(issued.apiKey)
        #expect(try await kms.call(KMS.showKey, name()).lastUsedAt == first)
        kms.clock.advance(.seconds(1))
        _ = try await verify(issued.apiKey)
        #expect(try await kms.call(KMS.showKey, name()).lastUsedAt == first + 60)
    }

    @Test(arguments: [Principal.Kind.user, .apiKey])
    func `keys are for admins`(kind: Principal.Kind) async throws {
        let principal = Principal(kind: kind, subject: "eve", roles: ["user"])
        #expect(try await kms.refusal(KMS.listKeys, Empty(), as: principal) == .forbidden)
        #expect(try await kms.refusal(KMS.verifyKey, .init(apiKey: ""), as: principal) == .forbidden)
    }

    @Test(.timeLimit(.minutes(1)), arguments: Backend.allCases)
    func `of parallel rotations one key remains`(backend: Backend) async throws {
        let kms = try TestKMS(backend)
        let service = try #require(KMS.ServiceName("job"))
        _ = try await kms.call(KMS.createKey, .init(serviceName: service))
        let keys = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<20 {
                group.addTask { try await kms.call(KMS.rotateKey, .init(serviceName: service)).apiKey }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        var active = 0
        for key in keys where try await kms.call(KMS.verifyKey, .init(apiKey: key)).active { active += 1 }
        #expect(active == 1)
    }
}
