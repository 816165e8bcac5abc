// The service as others meet it: through a node of the bus, and after a restart.

import Audit
import Bus
import Contracts
import Foundation
import Secrets
import Storage
import Testing

@testable import KeyManagement

@Suite struct BusTests {
    @Test func `a restarted service knows its accounts, keys and tokens`() async throws {
        let (directory, keyring, clock) = (TestDirectory(), try Keyring.ephemeral(), TestClock())
        let first = try DatabaseStore(.file(directory.file("kms.db")))
        let before = try TestKMS(first, in: directory, keyring: keyring, clock: clock)
        let admin = try await before.admin()
        let refreshToken = try await before.login("root").refreshToken
        let name = try #require(KMS.ServiceName("job"))
        let key = try await before.call(KMS.createKey, .init(serviceName: name), as: admin).apiKey
        let keySet = try await before.call(KMS.jwks, Empty())
        await first.close()

        let second = try DatabaseStore(.file(directory.file("kms.db")))
        let after = try TestKMS(second, in: directory, keyring: keyring, clock: clock)
        #expect(try await after.call(KMS.jwks, Empty()) == keySet)
        #expect(try await after.call(KMS.verifyKey, .init(apiKey: key)).active)
        #expect(try await after.isActive(admin))
        _ = try await after.call(KMS.refresh, .init(refreshToken: refreshToken))
        try await after.login("root")
        #expect(try await after.service.audit.verify().whole)
        await second.close()
    }

    @Test(.timeLimit(.minutes(1)))
    func `a caller registers, logs in, and has a key verified`() async throws {
        let kms = try TestKMS(.sqlite)
        let context = try BusContext()
        let id = UUID().uuidString
        let address = ServiceAddress(calls: "inproc://\(id).calls", events: "inproc://\(id).events")
        let service = try Node(NodeConfiguration(name: "kms"), context: context)
        try await service.serve(kms.service.handlers, at: address)
        let caller = try Node(NodeConfiguration(name: "gateway", directory: ["kms": [address]]), context: context)

        let body = #"{"username":"testadmin","password":"secure123","roles":"admin"}"#
        _ = try await caller.call("kms.register", payload: Array(body.utf8))
        let credentials = try kms.credentials("testadmin", "secure123")
        let admin = try Claims(token: try await caller.call(KMS.login, credentials).accessToken).principal
        let name = try #require(KMS.ServiceName("job"))
        let key = try await caller.call(KMS.createKey, .init(serviceName: name), as: admin).apiKey
        #expect(try await caller.call(KMS.verifyKey, .init(apiKey: key)).active)
        _ = try await caller.call(KMS.rotateKey, .init(serviceName: name), as: admin)
        #expect(try await !caller.call(KMS.verifyKey, .init(apiKey: key)).active)
        let failure = await #expect(throws: Failure.self) {
            try await caller.call(KMS.verifyKey, .init(apiKey: key), as: admin)
        }
        #expect(failure?.code == .forbidden)

        await caller.shutDown()
        await service.shutDown()
    }
}
