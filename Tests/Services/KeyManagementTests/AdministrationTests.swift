// What administrators do to accounts, and what becomes of sessions then; the last of them who works stays.

import Bus
import Contracts
import Testing

@testable import KeyManagement

@Suite struct AdministrationTests {
    let kms: TestKMS

    init() throws { kms = try TestKMS() }

    private func roles(_ username: String, _ roles: [String]) throws -> KMS.RoleAssignment {
        KMS.RoleAssignment(
            username: try #require(KMS.Username(username)),
            roles: try #require(KMS.Roles(roles))
        )
    }

    @Test func `a disabled user is out at once and comes back when enabled`() async throws {
        let admin = try await kms.admin()
        try await kms.register("ada")
        let tokens = try await kms.login("ada")
        let ada = try Claims(token: tokens.accessToken).principal
        #expect(try await kms.call(KMS.disableUser, kms.name("ada"), as: admin).disabled)
        #expect(try await !kms.isActive(ada))
        #expect(try await kms.refusal(KMS.refresh, .init(refreshToken: tokens.refreshToken)) == KMS.invalidRefreshToken)
        #expect(try await kms.refusal(KMS.login, kms.credentials("ada")) == KMS.badCredentials)
        #expect(try await !kms.call(KMS.enableUser, kms.name("ada"), as: admin).disabled)
        #expect(try await !kms.isActive(ada))
        try await kms.login("ada")
    }

    @Test func `a deleted user is gone and the name stays taken`() async throws {
        let admin = try await kms.admin()
        try await kms.register("ada")
        let ada = try await kms.principal("ada")
        _ = try await kms.call(KMS.deleteUser, kms.name("ada"), as: admin)
        #expect(try await !kms.isActive(ada))
        #expect(try await kms.refusal(KMS.login, kms.credentials("ada")) == KMS.badCredentials)
        #expect(try await kms.refusal(KMS.showUser, kms.name("ada"), as: admin) == .notFound)
        #expect(try await kms.refusal(KMS.enableUser, kms.name("ada"), as: admin) == .notFound)
        #expect(try await kms.call(KMS.listUsers, .init(), as: admin).users.map(\.username) == ["root"])
        let failure = await #expect(throws: Failure.self) { try await kms.register("ada") }
        #expect(failure?.code == .conflict)
    }

    @Test(arguments: Backend.allCases)
    func `accounts are listed a page at a time, by name, without the deleted ones`(backend: Backend) async throws {
        let kms = try TestKMS(backend)
        let admin = try await kms.admin()
        for name in ["eve", "ada", "gone", "bob"] { try await kms.register(name) }
        _ = try await kms.call(KMS.deleteUser, kms.name("gone"), as: admin)
        _ = try await kms.call(KMS.disableUser, kms.name("bob"), as: admin)
        var (pages, after) = ([[String]](), KMS.Username?.none)
        repeat {
            try Task.checkCancellation()
            let query = KMS.UserQuery(after: after, limit: PageLimit(2))
            let page = try await kms.call(KMS.listUsers, query, as: admin)
            pages.append(page.users.map(\.username))
            after = page.next.flatMap { KMS.Username($0) }
        } while after != nil
        #expect(pages == [["ada", "bob"], ["eve", "root"]])
    }

    @Test func `a page of accounts is never larger than it may be`() async throws {
        let admin = try await kms.admin()
        try await kms.store.write { tables in
            for number in 100..<300 {
                let time = Timestamp(rawValue: 1)
                try tables.save(
                    Account(id: "u\(number)", passwordHash: "", roles: ["user"], state: .active, createdAt: time)
                )
            }
        }
        let page = try await kms.call(KMS.listUsers, .init(), as: admin)
        #expect(page.users.count == 100 && page.next == "u198")
        for limit in ["0", "1001", "-1"] {
            await #expect(throws: (any Error).self) {
                try await kms.call("kms.users.list", Array("{\"limit\":\(limit)}".utf8), as: admin)
            }
        }
    }

    @Test func `new roles end the sessions that had the old ones`() async throws {
        let admin = try await kms.admin()
        try await kms.register("ada")
        let before = try await kms.principal("ada")
        #expect(try await kms.call(KMS.setRoles, roles("ada", ["editor"]), as: admin).roles == ["editor", "user"])
        #expect(try await !kms.isActive(before))
        #expect(try await kms.principal("ada").roles == ["editor", "user"])
    }

    @Test func `the last working admin stays`() async throws {
        let admin = try await kms.admin()
        #expect(try await kms.refusal(KMS.disableUser, kms.name("root"), as: admin) == KMS.lastAdmin)
        #expect(try await kms.refusal(KMS.deleteUser, kms.name("root"), as: admin) == KMS.lastAdmin)
        #expect(try await kms.refusal(KMS.setRoles, roles("root", []), as: admin) == KMS.lastAdmin)
        #expect(try await kms.isActive(admin))
        try await kms.register("ada", roles: ["admin"], as: admin)
        _ = try await kms.call(KMS.disableUser, kms.name("ada"), as: admin)
        // A disabled one does not count.
        #expect(try await kms.refusal(KMS.deleteUser, kms.name("root"), as: admin) == KMS.lastAdmin)
        _ = try await kms.call(KMS.enableUser, kms.name("ada"), as: admin)
        #expect(try await kms.refusal(KMS.deleteUser, kms.name("root"), as: admin) == nil)
    }

    @Test(arguments: Backend.allCases)
    func `two admins who disable each other at once leave one`(backend: Backend) async throws {
        let kms = try TestKMS(backend)
        let admin = try await kms.admin()
        try await kms.register("ada", roles: ["admin"], as: admin)
        async let one = kms.refusal(KMS.disableUser, kms.name("ada"), as: admin)
        async let other = kms.refusal(KMS.disableUser, kms.name("root"), as: admin)
        let refusals = try await [one, other]
        #expect(refusals.count { $0 == KMS.lastAdmin } == 1)
    }

    @Test func `production asks every administrator for a second factor, always`() throws {
        let kms = try TestKMS(configure: { $0.adminStepUp = .always })
        let administrative = kms.service.handlers.descriptions.filter { $0.access == .role("admin") }
        #expect(administrative.count == 15)
        #expect(administrative.allSatisfy { $0.stepUp == .always })
        #expect(KMS.rotateKey.stepUp == .ifEnrolled)
    }

    @Test func `what only peers may call has no route`() throws {
        let peers = kms.service.handlers.descriptions.filter { $0.access == .peer }
        #expect(
            peers.map(\.name) == [
                "kms.keys.verify", "kms.leases.follow", "kms.sessions.end", "kms.tokens.check", "kms.tokens.stepup",
            ]
        )
        #expect(peers.allSatisfy { $0.route == nil })
    }
}
