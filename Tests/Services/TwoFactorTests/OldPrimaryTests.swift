// A replica that does not know yet that its database has been replaced: it says of nobody that he has no second factor.

import Bus
import Contracts
import DatabaseServer
import Leases
import Logging
import PostgreSQL
import Storage
import Synchronization
import Testing

@testable import TwoFactor

@Suite(.timeLimit(.minutes(1))) struct OldPrimaryTests {
    private struct Away: Error {}

    /// Takes commits or does not; what is read there is as of before.
    private final class Database: SharedLedger {
        private let state = Mutex((isPrimary: true, commits: 0))

        var commits: Int { state.withLock { $0.commits } }
        let life: UInt64 = 1

        func replace() { state.withLock { $0.isPrimary = false } }

        func vouch(for replica: Int, length: Duration) throws -> KeeperRoster {
            try state.withLock { state in
                guard state.isPrimary else { throw Away() }
                state.commits += 1
                return KeeperRoster(longest: .zero, highest: replica)
            }
        }

        func leave(_ replica: Int) {}
        func openRevocations() -> [OpenRevocation] { [] }
        func remove(_ revocations: [String]) {}
    }

    private static func leases(_ ledger: any SharedLedger) -> Leases {
        Leases.begin(
            term: "t",
            limits: .init(length: .zero),
            on: ledger,
            as: 1,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    @Test func `that somebody has no factor is said behind a commit of its own, and not at all without`() async throws {
        let database = Database()
        let bench = try TestBench(leases: Self.leases(database)) { _ in MemoryTwoFactorStore() }
        for count in 1...2 {
            #expect(try await !bench.service.status(.init(username: "ada")).enrolled)
            #expect(database.commits == count)
        }
        database.replace()
        await #expect(throws: Away.self) { try await bench.service.status(.init(username: "ada")) }
    }

    @Test func `an administrator passes for one without a factor behind a commit only`() async throws {
        let database = Database()
        let bench = try TestBench(leases: Self.leases(database)) { _ in MemoryTwoFactorStore() }
        _ = try await bench.on(TwoFactorOperations.verifyAudit, Empty(), roles: ["admin"])
        database.replace()
        await #expect(throws: Away.self) {
            try await bench.on(TwoFactorOperations.verifyAudit, Empty(), roles: ["admin"])
        }
    }

    @Test func `a holder of nothing costs no commits`() async throws {
        let database = Database()
        let bench = try TestBench(leases: Self.leases(database)) { _ in MemoryTwoFactorStore() }
        let request = LeaseRequest(holder: "gateway", term: nil, applied: 0)
        #expect(try await bench.service.leases.follow(request).milliseconds == 0)
        #expect(database.commits == 0)
    }

    /// Reads go on there; a COMMIT waits for a standby that has gone to another primary.
    @Test func `a real server that answers no COMMIT is not believed`() async throws {
        let server = try DatabaseServer()
        defer { withExtendedLifetime(server) {} }
        var place = DatabaseLocation.schema(DatabaseServer.newSchema(), on: [server.server])
        (place.limits.commitTimeout, place.limits.settleTimeout) = (.seconds(1), .seconds(2))
        let store = try DatabaseTwoFactorStore(place)
        let bench = try TestBench(leases: Self.leases(TwoFactorCommits(store))) { _ in store }
        #expect(try await !bench.service.status(.init(username: "ada")).enrolled)
        try server.ask("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        try server.ask("SELECT pg_reload_conf()")
        while try server.ask("SELECT current_setting('synchronous_standby_names')").text(0, 0) != "nobody" {
            try Task.checkCancellation()
            await Task.yield()
        }
        // The writer's session may hear of it a moment later.
        let failure = await #expect(throws: Failure.self) {
            while try await !bench.service.status(.init(username: "ada")).enrolled { try Task.checkCancellation() }
        }
        #expect(failure?.code == .outcomeUnknown)
        #expect(try await !store.account(of: AccountName("ada")).isEnrolled)
        await store.close()
    }
}
