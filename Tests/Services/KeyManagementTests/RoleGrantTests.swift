// How long a host's admin token is good, to the millisecond; one without an end is good for nothing.

import Testing

@testable import KeyManagement

@Suite struct RoleGrantTests {
    private static let now = Timestamp(rawValue: 1_770_000_000_000)
    private static let lifetime = Duration.seconds(900)
    private static let latest = (now + lifetime + Timestamp.tolerance).rawValue - now.rawValue

    /// Whether a token that lasts so many milliseconds from now grants the role; nil is one without an end.
    private func isGood(_ milliseconds: Int?) async throws -> Bool {
        let token = AdminToken(id: "t", expiresAt: milliseconds.map { Timestamp(rawValue: Self.now.rawValue + $0) })
        let grant = RoleGrant(
            roles: ["admin", "user"],
            adminToken: "t",
            asker: nil,
            firstAdmin: .token,
            adminTokenLifetime: Self.lifetime
        )
        return try await MemoryStore().write { tables in
            try tables.save(token)
            return (try? grant.check(in: tables, at: Self.now)) != nil
        }
    }

    private enum Change: CaseIterable { case none, disabled, demoted, loggedOut, unknown }

    /// The token said that he is an administrator; the password was hashed; meanwhile somebody has barred him.
    @Test(arguments: Change.allCases)
    private func `who asks must be an administrator when it is granted`(change: Change) async throws {
        let isGranted = try await MemoryStore().write { tables in
            var account = Account(
                id: "root",
                passwordHash: "",
                roles: ["admin", "user"],
                state: .active,
                createdAt: Self.now
            )
            var session = Session(
                id: "s",
                username: "root",
                amr: [],
                authenticatedAt: Self.now,
                expiresAt: Self.now + Self.lifetime
            )
            if change == .disabled { account.state = .disabled }
            if change == .demoted { account.roles = ["user"] }
            if change == .loggedOut { session.ended = .logout }
            if change != .unknown { try tables.save(account) }
            try tables.save(session)
            let grant = RoleGrant(
                roles: ["admin", "user"],
                adminToken: nil,
                asker: RoleGrant.Asker(username: "root", session: "s"),
                firstAdmin: .token,
                adminTokenLifetime: Self.lifetime
            )
            return (try? grant.check(in: tables, at: Self.now)) != nil
        }
        #expect(isGranted == (change == .none))
    }

    @Test func `a token without an end is good for nothing`() async throws {
        #expect(try await !isGood(nil))
    }

    @Test(arguments: [-1, 0]) func `a token is over at its end`(milliseconds: Int) async throws {
        #expect(try await !isGood(milliseconds))
    }

    @Test func `a token is good until the last moment that one may have, and no longer one does not count`()
        async throws
    {
        #expect(try await isGood(1))
        #expect(try await isGood(Self.latest))
        #expect(try await !isGood(Self.latest + 1))
    }
}
