// The keeper at work: who waits, who is answered when, and that nobody is told "done" who gave up waiting.

import Logging
import Synchronization
import Testing

@testable import Leases

@Suite struct LeasesTests {
    private static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// In memory, as a store would keep it.
    private final class Ledger: LeaseLedger {
        let length: Mutex<Duration>

        init(_ length: Duration = .zero) { self.length = Mutex(length) }

        func longestLease() -> Duration { length.withLock { $0 } }
        func record(longestLease: Duration) { length.withLock { $0 = longestLease } }
    }

    private static func leases(_ length: Duration = .milliseconds(400), _ ledger: Ledger = Ledger()) async throws
        -> Leases
    {
        try await Leases.begin(term: "t", limits: .init(length: length), ledger: ledger, logger: silent)
    }

    private static func request(_ holder: String = "a", applied: UInt64 = 0, term: String? = "t") -> LeaseRequest {
        LeaseRequest(holder: holder, term: term, applied: applied)
    }

    private func revoke(_ leases: Leases, _ ground: String) async throws {
        let ticket = leases.begin()
        leases.publish(ticket, [ground])
        try await leases.settled(ticket)
    }

    @Test func `a revocation that nobody holds anything of is answered at once`() async throws {
        let leases = try await Self.leases(.seconds(60))
        try await revoke(leases, "user/ada")
    }

    @Test func `a holder hears of a revocation, and its next request lets it be answered`() async throws {
        let leases = try await Self.leases(.seconds(60))
        _ = try await leases.follow(Self.request(term: nil))
        let revoking = Task { try await revoke(leases, "user/ada") }
        let told = try await leases.follow(Self.request())
        #expect(told.term == "t" && told.number == 1 && told.forget == ["user/ada"])
        // A lease ends one length after what it has not applied was begun, and that was perhaps before the holder asked.
        #expect(told.milliseconds > 0 && told.milliseconds <= 60_000)
        // It says that it has applied it, and is told when it waits for more.
        let rest = Task { try await leases.follow(Self.request(applied: 1)) }
        try await revoking.value
        rest.cancel()
    }

    @Test func `a holder that says nothing any more is waited for until its lease is over, and no longer`() async throws
    {
        let leases = try await Self.leases(.seconds(1))
        let began = ContinuousClock.now
        _ = try await leases.follow(Self.request(term: nil))
        try await revoke(leases, "user/ada")
        #expect(began.duration(to: .now) >= .seconds(1))
        let waited = leases.numbers
        #expect(waited["revocations_waited_total"] == 1 && waited["lease_holders_expelled_total"] == 1)
        #expect(try #require(waited["revocation_wait_seconds_longest"]) > 0)
        // Nobody waits for it again.
        try await revoke(leases, "user/eve")
        #expect(leases.numbers == waited)
    }

    @Test func `who leaves is not waited for`() async throws {
        let leases = try await Self.leases(.seconds(60))
        _ = try await leases.follow(Self.request(term: nil))
        _ = try await leases.follow(LeaseRequest(holder: "a", term: "t", applied: 0, leaves: true))
        try await revoke(leases, "user/ada")
    }

    @Test func `who gives up waiting is not told that it is done`() async throws {
        let leases = try await Self.leases(.seconds(600))
        _ = try await leases.follow(Self.request(term: nil))
        let waiting = Task { try await revoke(leases, "user/ada") }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        let again = Task { try await leases.answering {} }
        again.cancel()
        await #expect(throws: CancellationError.self) { try await again.value }
    }

    @Test func `what finds that another was first waits for it, also where it refuses`() async throws {
        struct NotFound: Error {}
        let leases = try await Self.leases(.milliseconds(300))
        let began = ContinuousClock.now
        _ = try await leases.follow(Self.request(term: nil))
        let ticket = leases.begin()
        let second = Task { try await leases.answering { throw NotFound() } }
        leases.publish(ticket, ["key/job"])
        await #expect(throws: NotFound.self) { try await second.value }
        #expect(began.duration(to: .now) >= .milliseconds(300))
    }

    @Test func `a new life waits out what the last one gave, gives nothing before, and writes down what it gives`()
        async throws
    {
        let ledger = Ledger(.seconds(1))
        let began = ContinuousClock.now
        let leases = try await Self.leases(.milliseconds(200), ledger)
        #expect(try await leases.follow(Self.request(term: nil)).milliseconds == 0)
        #expect(ledger.longestLease() == .seconds(1))
        try await leases.answering {}
        #expect(began.duration(to: .now) >= .seconds(1))
        #expect(try await leases.follow(Self.request(term: nil)).milliseconds == 200)
        #expect(ledger.longestLease() == .milliseconds(200))
    }

    @Test func `what is turned off gives nothing, and forgets what was given once that is over`() async throws {
        let ledger = Ledger(.milliseconds(50))
        let leases = try await Self.leases(.zero, ledger)
        #expect(leases.moment.standing(on: ["user/ada"], goodFor: .seconds(1)) == nil)
        try await leases.answering {}
        #expect(ledger.longestLease() == .zero)
    }
}
