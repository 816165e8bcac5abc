// The keeper at work on a database that other replicas write to as well: no lease without a commit, another life with another connection, and who finds
// something gone already waits for whoever took it away.

import Logging
import Synchronization
import Testing

@testable import Leases

@Suite(.timeLimit(.minutes(1))) struct SharedLeasesTests {
    private struct Away: Error {}

    /// What all replicas see.
    private final class Database: SharedLedger {
        struct State {
            var life: UInt64 = 1
            var isThere = true
            /// Commits wait until it is not.
            var isSlow = false
            var begun = 0
            var commits = 0
            var longest = Duration.zero
            var highest = 1
            var rows: [OpenRevocation] = []
        }

        private let state = Mutex(State())

        var now: State { state.withLock { $0 } }
        var life: UInt64 { now.life }

        func change(_ body: (inout State) -> Void) { state.withLock { body(&$0) } }

        private func whenThere<Value: Sendable>(_ body: (inout State) -> Value) throws -> Value {
            try state.withLock { state in
                guard state.isThere else { throw Away() }
                return body(&state)
            }
        }

        func vouch(for replica: Int, length: Duration) async throws -> KeeperRoster {
            change { $0.begun += 1 }
            while now.isSlow {
                try Task.checkCancellation()
                await Task.yield()
            }
            return try whenThere { state in
                defer { (state.commits, state.longest) = (state.commits + 1, max(state.longest, length)) }
                return KeeperRoster(longest: state.longest, highest: max(state.highest, replica))
            }
        }

        func leave(_ replica: Int) throws {}

        func openRevocations() throws -> [OpenRevocation] { try whenThere { $0.rows } }

        func remove(_ revocations: [String]) throws {
            try whenThere { $0.rows.removeAll { revocations.contains($0.id) } }
        }
    }

    private let database = Database()

    private func keeper(_ length: Duration = .seconds(60), keepers: Int = 1) -> Leases {
        Leases.begin(
            term: "t",
            limits: .init(length: length, keepers: keepers),
            on: database,
            as: 1,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    private func request(_ holder: String = "a", term: String? = nil, applied: UInt64 = 0, keepers: Int? = nil)
        -> LeaseRequest
    {
        LeaseRequest(holder: holder, term: term, applied: applied, keepers: keepers)
    }

    /// As the store does it, with the row in its transaction.
    private func begin(_ leases: Leases) -> LeaseKeeper.Ticket {
        let ticket = leases.begin()
        if let row = leases.row(of: ticket) { database.change { $0.rows.append(row) } }
        return ticket
    }

    private func revoke(_ leases: Leases) async throws {
        let ticket = begin(leases)
        leases.publish(ticket, ["user/ada"])
        try await leases.settled(ticket)
    }

    @Test func `a lease is given behind a commit, and none where that fails`() async throws {
        let leases = keeper()
        database.change { $0.isThere = false }
        await #expect(throws: Away.self) { try await leases.follow(request()) }
        database.change { $0.isThere = true }
        #expect(try await leases.follow(request()).milliseconds == 60_000)
        #expect(database.now.commits == 1)
    }

    @Test func `who comes soon after a commit needs none of his own, and gets no more than it vouches for`()
        async throws
    {
        let leases = keeper(.seconds(600))
        let all = try await [leases.follow(request()), leases.follow(request("b")), leases.follow(request("c"))]
        #expect(database.now.commits == 1)
        #expect(all.allSatisfy { $0.milliseconds > 500_000 && $0.milliseconds <= 600_000 })
    }

    @Test func `who is asked commits first, or has a moment ago, and says nothing where that fails`() async throws {
        let leases = keeper(.seconds(600))
        database.change { $0.isThere = false }
        await #expect(throws: Away.self) { try await leases.momentOfQuestion() }
        database.change { $0.isThere = true }
        let moment = try await leases.momentOfQuestion()
        #expect(moment.standing(on: [], goodFor: .seconds(1)) == leases.moment.standing(on: [], goodFor: .seconds(1)))
        _ = try await leases.momentOfQuestion()
        #expect(database.now.commits == 1)
    }

    @Test func `where no leases are given each question has a commit of its own`() async throws {
        let leases = keeper(.zero)
        for _ in 1...2 { _ = try await leases.momentOfQuestion() }
        #expect(database.now.commits == 2)
    }

    /// So many questions at once, all of them there before the database has answered any.
    private func ask(_ count: Int, _ leases: Leases) async throws -> [Task<Leases.Moment, any Error>] {
        database.change { $0.isSlow = true }
        let questions = (0..<count).map { _ in Task { try await leases.momentOfQuestion() } }
        while leases.state.withLock({ $0.sleepers.count }) < count {
            try Task.checkCancellation()
            await Task.yield()
        }
        return questions
    }

    @Test func `who come together when a commit is due have one for all`() async throws {
        let leases = keeper()
        let questions = try await ask(16, leases)
        database.change { $0.isSlow = false }
        for question in questions { _ = try await question.value }
        #expect(database.now.begun == 1)
    }

    @Test func `where each is to have one behind it, those who came too late share the next`() async throws {
        let leases = keeper(.zero)
        let questions = try await ask(16, leases)
        database.change { $0.isSlow = false }
        for question in questions { _ = try await question.value }
        #expect((1...2).contains(database.now.begun))
    }

    @Test func `where it fails all who wait for it hear so, and the next one begins another`() async throws {
        let leases = keeper()
        let questions = try await ask(16, leases)
        database.change { ($0.isThere, $0.isSlow) = (false, false) }
        for question in questions { await #expect(throws: Away.self) { try await question.value } }
        #expect(database.now.begun == 1)
        database.change { $0.isThere = true }
        _ = try await leases.momentOfQuestion()
        #expect(database.now.begun == 2)
    }

    @Test func `that who asked first gives up is nothing to the others`() async throws {
        let leases = keeper()
        let questions = try await ask(4, leases)
        questions[0].cancel()
        await #expect(throws: CancellationError.self) { try await questions[0].value }
        database.change { $0.isSlow = false }
        for question in questions.dropFirst() { _ = try await question.value }
        #expect(database.now.begun == 1)
    }

    @Test func `one that went through on an earlier connection vouches for nobody`() async throws {
        let leases = keeper()
        let questions = try await ask(4, leases)
        database.change { ($0.life, $0.isSlow) = (2, false) }
        for question in questions { _ = try await question.value }
        #expect(database.now.begun == 2)
    }

    @Test func `another connection is another life, which gives no leases and answers no revocation for a length`()
        async throws
    {
        let leases = keeper(.milliseconds(300))
        let first = try await leases.follow(request())
        #expect(first.milliseconds == 300)
        let before = leases.moment
        database.change { $0.life += 1 }
        let began = ContinuousClock.now
        let second = try await leases.follow(request(term: first.term))
        #expect(second.term != first.term && second.milliseconds == 0 && second.forget == nil)
        #expect(before.term == first.term && leases.moment.term == second.term)
        try await revoke(leases)
        #expect(began.duration(to: .now) >= .milliseconds(300))
        #expect(try await leases.follow(request(term: second.term)).milliseconds > 0)
    }

    @Test func `a revocation whose transaction goes on in another life is waited for in that`() async throws {
        let leases = keeper(.milliseconds(200))
        _ = try await leases.follow(request())
        let ticket = begin(leases)
        database.change { $0.life += 1 }
        let began = ContinuousClock.now
        let waiting = Task { try await leases.settled(ticket) }
        leases.publish(ticket, ["user/ada"])
        try await waiting.value
        #expect(began.duration(to: .now) >= .milliseconds(200))
    }

    @Test func `without the database nothing is answered, and who gives up is not told that it is done`() async throws {
        let leases = keeper()
        database.change { $0.isThere = false }
        let waiting = Task { try await leases.answering {} }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }

    @Test func `what another replica took away is gone when its row is`() async throws {
        let leases = keeper()
        database.change { $0.rows = [OpenRevocation(id: "other.1", length: .seconds(60))] }
        let isAnswered = Mutex(false)
        let second = Task {
            try await leases.answering {}
            isAnswered.withLock { $0 = true }
        }
        // It has looked once it has committed what it has to.
        while database.now.commits == 0 {
            try Task.checkCancellation()
            await Task.yield()
        }
        #expect(!isAnswered.withLock { $0 })
        database.change { $0.rows = [] }
        try await second.value
    }

    @Test func `of a replica that settles nothing a length is waited, and its row goes`() async throws {
        let leases = keeper()
        database.change { $0.rows = [OpenRevocation(id: "other.1", length: .milliseconds(200))] }
        let began = ContinuousClock.now
        try await leases.answering {}
        #expect(began.duration(to: .now) >= .milliseconds(200))
        #expect(database.now.rows.isEmpty)
    }

    @Test func `a row stays until its revocation is settled, and goes then`() async throws {
        let leases = keeper()
        let sweeping = Task { try await leases.sweep() }
        let first = try await leases.follow(request())
        let revoking = Task { try await revoke(leases) }
        let told = try await leases.follow(request(term: first.term))
        #expect(told.number == 1)
        #expect(database.now.rows.map(\.length) == [.seconds(60)])
        let rest = Task { try await leases.follow(request(term: told.term, applied: 1)) }
        try await revoking.value
        while !database.now.rows.isEmpty {
            try Task.checkCancellation()
            await Task.yield()
        }
        for task in [rest] { task.cancel() }
        sweeping.cancel()
    }

    @Test func `a replica that runs and is not known ends all leases`() async throws {
        database.change { $0.highest = 2 }
        #expect(try await keeper().follow(request()).milliseconds == 0)
    }

    @Test func `who follows fewer replicas than there are gets no lease of any`() async throws {
        let leases = keeper(keepers: 2)
        #expect(try await leases.follow(request()).milliseconds == 0)
        #expect(try await leases.follow(request(keepers: 2)).milliseconds > 50_000)
    }
}
