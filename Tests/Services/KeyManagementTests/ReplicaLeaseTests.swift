// Two of the service on one store: what one takes away, and what the other may say of it.

import Bus
import Contracts
import Leases
import Logging
import Secrets
import Synchronization
import Testing

@testable import KeyManagement

@Suite(.timeLimit(.minutes(1))) struct ReplicaLeaseTests {
    @Test(arguments: Backend.allCases)
    func `replicas know who of them gives leases, and how long these may be`(backend: Backend) async throws {
        let kept = try TestKMS(backend)
        let ledger = ReplicaLedger(kept.store)
        let first = try await ledger.vouch(for: 1, length: .seconds(2))
        #expect(first.longest == .zero && first.highest == 1)
        let second = try await ledger.vouch(for: 2, length: .milliseconds(500))
        #expect(second.longest == .seconds(2) && second.highest == 2)
        try await ledger.leave(2)
        let third = try await ledger.vouch(for: 1, length: .milliseconds(100))
        #expect(third.longest == .seconds(2) && third.highest == 1)
        #expect(try await ledger.vouch(for: 1, length: .zero).longest == .milliseconds(500))
        await kept.store.close()
    }

    @Test(arguments: Backend.allCases)
    func `what is not settled is known to all, until it is removed`(backend: Backend) async throws {
        let kept = try TestKMS(backend)
        let (ledger, row) = (ReplicaLedger(kept.store), OpenRevocation(id: "t.1", length: .seconds(2)))
        try await kept.store.write { try $0.save(RevocationRow(row)) }
        #expect(try await ledger.openRevocations() == [row])
        try await ledger.remove(["t.2"])
        #expect(try await ledger.openRevocations() == [row])
        try await ledger.remove(["t.1"])
        #expect(try await ledger.openRevocations().isEmpty)
        await kept.store.close()
    }

    /// Two services, and a clock that can be put ahead: what may have been given before they knew of each other is waited out.
    private final class Two: Sendable {
        let store: any KeyManagementStore
        let all: [TestKMS]
        let leases: [Leases]
        private let ahead = Ahead()

        private final class Ahead: Sendable {
            let time = Mutex(Duration.zero)
        }

        init(_ backend: Backend) async throws {
            let kept = try TestKMS(backend)
            let (store, ahead, keyring) = (kept.store, ahead, try Keyring.ephemeral())
            self.store = store
            leases = (1...2).map { number in
                Leases.begin(
                    term: "t\(number)",
                    limits: .init(length: .seconds(600), keepers: 2),
                    on: ReplicaLedger(store),
                    as: number,
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                    now: { .now + ahead.time.withLock { $0 } }
                )
            }
            all = try leases.map {
                try TestKMS(store, in: TestDirectory(), keyring: keyring, clock: kept.clock, leases: $0)
            }
            for number in 0..<2 { _ = try await follow(number, nil) }
            ahead.time.withLock { $0 = .seconds(3_600) }
        }

        func follow(_ number: Int, _ term: String?, applied: UInt64 = 0) async throws -> LeaseAnswer {
            let request = LeaseRequest(holder: "gateway", term: term, applied: applied, keepers: 2)
            return try await all[number].call(KMS.follow, request)
        }

        var rows: Int { get async throws { try await store.read { try $0.all(RevocationRow.self).count } } }
    }

    @Test(arguments: [Backend.memory, .postgreSQL])
    func `what one has taken away and somebody may still let in, the other calls gone when nobody does`(
        backend: Backend
    ) async throws {
        let two = try await Two(backend)
        let job = try #require(KMS.ServiceName("job"))
        let root = try await two.all[0].admin()
        _ = try await two.all[0].call(KMS.createKey, .init(serviceName: job), as: root)
        let held = try await two.follow(0, nil)
        #expect(held.milliseconds > 500_000)
        let first = Task { try await two.all[0].call(KMS.deleteKey, .init(serviceName: job), as: root) }
        let told = try await two.follow(0, held.term, applied: held.number)
        #expect(try await two.rows == 1)
        let isAnswered = Mutex(false)
        let second = Task {
            let code = try await two.all[1].refusal(KMS.deleteKey, .init(serviceName: job), as: root)
            isAnswered.withLock { $0 = true }
            return code
        }
        // That it was refused is on record, and it has not said so.
        while try await two.all[1].audit().count(where: { $0.contains(KMS.deleteKey.name) }) < 2 {
            try Task.checkCancellation()
            await Task.yield()
        }
        #expect(!isAnswered.withLock { $0 })
        let sweeping = Task { try await two.leases[0].sweep() }
        let rest = Task { try await two.follow(0, told.term, applied: told.number) }
        _ = try await first.value
        #expect(try await second.value == .notFound)
        while try await two.rows > 0 {
            try Task.checkCancellation()
            await Task.yield()
        }
        for task in [sweeping] { task.cancel() }
        rest.cancel()
        await two.store.close()
    }
}
