// The keeper at work on a database that other replicas write to as well, and that may move to another host (`LeaseKeeper+Shared`).
//
//     another connection of the writer        another life
//     follow      a commit of this life goes before the lease, unless there was one a moment ago
//     begin       the transaction leaves a row; `sweep` removes it when it is settled
//     answering   looks for rows of others, and waits until they are gone or a length is over
//
// Nobody tells it that the connection is another one: it looks at each step (`change`). That it notices late makes it wait the longer.

package import Logging
internal import Synchronization

/// The database, and who this replica is.
struct SharedStore: Sendable {
    let ledger: any SharedLedger
    let replica: Int
    /// Random, of this process: what the ids of its rows begin with.
    let name: String
}

struct SharedState: Sendable {
    var life: UInt64
    /// Of this life.
    var commits = VouchingCommits()
    /// Revocations whose rows may still be there.
    var rows: Set<LeaseKeeper.Ticket> = []
    var isComplete = true

    init(life: UInt64 = 0) { self.life = life }
}

extension Leases {
    /// A part of a lease; a commit vouches for requests that come within it.
    private static let freshness = 8
    /// Between two looks whether others have settled what they took away, and after a database that does not answer.
    private static let pause = Duration.milliseconds(20)

    /// Begins a keeper's life on a database that others share, as one of `limits.keepers` replicas. `term` is random.
    package static func begin(
        term: String,
        limits: LeaseKeeper.Limits,
        on ledger: any SharedLedger,
        as replica: Int,
        logger: Logger,
        now: @escaping @Sendable () -> Instant = { .now }
    ) -> Leases {
        let life = ledger.life
        let leases = Leases(
            LeaseKeeper(term: "\(term).\(life)", limits: limits, connectedAt: now()),
            database: SharedStore(ledger: ledger, replica: replica, name: term),
            logger: logger,
            now: now
        )
        leases.state.withLock { $0.shared = SharedState(life: life) }
        return leases
    }

    /// Whether `sweep` has something to do.
    package var isShared: Bool { database != nil }

    // MARK: Lives

    /// Every step: first it is looked whether the life is still the same.
    func change<Value: Sendable>(_ body: (inout State) -> Value) -> Value {
        state.withLock { state in
            if let database, database.ledger.life != state.shared.life { renew(&state, database) }
            return body(&state)
        }
    }

    private func renew(_ state: inout State, _ database: SharedStore) {
        state.shared.life = database.ledger.life
        state.shared.commits.forget()
        state.keeper.renew(term: "\(database.name).\(state.shared.life)", at: now())
        Self.wake(.holder, &state)
        Self.wake(.revocation, &state)
    }

    // MARK: Commits

    /// As of when a verdict is that somebody asks for now, behind a commit as a lease is: a replica that does not know yet that its database has been
    /// replaced would read there, and say, that what was taken away since is good. Asked before anything is read.
    ///
    /// - Throws: Where the database takes no commit; then nothing is said of anybody.
    package func momentOfQuestion() async throws -> Moment {
        try await vouchIfDue(at: now())
        return moment
    }

    /// Before a lease, or a verdict: a commit that vouches for who came then, one for all who wait for it.
    func vouchIfDue(at came: Instant) async throws {
        guard let database else { return }
        while let number = commit(for: came, database) {
            try await sleep(.commit) { $0.shared.commits.isUnderWay(number) ? .until(nil) : .over }
            if let error = change({ $0.shared.commits.failure(of: number) }) { throw error }
        }
    }

    /// The one to wait for; nil where there is nothing to wait for. It is nobody's own: who asked first may give up, and the others go on waiting.
    private func commit(for came: Instant, _ database: SharedStore) -> UInt64? {
        switch change({ $0.shared.commits.turn(came, within: limits.length / Self.freshness) }) {
        case .over: return nil
        case .waits(let number): return number
        case .begins(let number):
            Task.detached { await self.vouch(database) }
            return number
        }
    }

    private func vouch(_ database: SharedStore) async {
        let (life, began) = change { ($0.shared.life, now()) }
        do {
            let roster = try await database.ledger.vouch(for: database.replica, length: limits.length)
            let isNews = change { state in
                state.shared.commits.end(nil)
                Self.wake(.commit, &state)
                // A commit of another connection says nothing of this one.
                return state.shared.life == life && note(roster, since: began, &state)
            }
            if isNews { warn(of: roster) }
        } catch {
            change { state in
                state.shared.commits.end(error)
                Self.wake(.commit, &state)
            }
        }
    }

    /// True where leases end by it that were given before.
    private func note(_ roster: KeeperRoster, since began: Instant, _ state: inout State) -> Bool {
        let isComplete = roster.highest <= limits.keepers
        state.shared.commits.vouch(since: began)
        state.keeper.vouch(since: began, earlier: roster.longest, isComplete: isComplete)
        Self.wake(.revocation, &state)
        defer { state.shared.isComplete = isComplete }
        return !isComplete && state.shared.isComplete
    }

    private func warn(of roster: KeeperRoster) {
        logger.notice(
            "no leases: a replica runs that this topology does not list",
            metadata: ["replica": "\(roster.highest)"]
        )
    }

    /// Returns when it is known what earlier lives and others have given. Without the database nothing can be answered, so it is tried until whoever waits
    /// gives up.
    func getToKnow() async throws {
        while database != nil, change({ $0.keeper.isUnknown }) {
            try await untilAnswered { try await vouchIfDue(at: now()) }
        }
    }

    private func untilAnswered<Value>(_ body: () async throws -> Value) async throws -> Value {
        while true {
            do { return try await body() } catch {
                try Task.checkCancellation()
                try await Task.sleep(for: Self.pause)
            }
        }
    }

    // MARK: Rows

    var leavesRows: Bool { database != nil && limits.length > .zero }

    /// What the transaction of a revocation has to leave in the database; nil where nobody else looks there.
    package func row(of ticket: LeaseKeeper.Ticket) -> OpenRevocation? {
        guard leavesRows, let database else { return nil }
        return OpenRevocation(id: Self.id(of: ticket, database), length: limits.length)
    }

    private static func id(of ticket: LeaseKeeper.Ticket, _ database: SharedStore) -> String {
        "\(prefix(database))\(ticket)"
    }

    /// What the ids of its own begin with.
    private static func prefix(_ database: SharedStore) -> String { "\(database.name)." }

    /// Returns when what others have taken away, and this replica may have found gone, is gone everywhere.
    func othersSettled() async throws {
        guard let database else { return }
        var others = OthersRevocations()
        let own = Self.prefix(database)
        while true {
            let rows = try await untilAnswered { try await database.ledger.openRevocations() }
            let foreign = rows.filter { !$0.id.utf8.starts(with: own.utf8) }
            guard case .until = others.look(foreign, at: now()) else { break }
            try await Task.sleep(for: Self.pause)
        }
        guard !others.waitedOut.isEmpty else { return }
        // Where this fails the next one waits once more.
        try? await database.ledger.remove(others.waitedOut)
    }

    /// Removes rows of what is settled, as long as the service runs.
    package func sweep() async throws {
        guard let database else { return }
        while true {
            try await sleep(.revocation) { state in
                state.shared.rows.min().map { state.keeper.wait(for: $0, at: self.now()) } ?? .until(nil)
            }
            let settled = change { state in
                state.shared.rows.filter { state.keeper.wait(for: $0, at: now()) == .over }
            }
            let ids = settled.map { Self.id(of: $0, database) }
            try await untilAnswered { try await database.ledger.remove(ids) }
            change { $0.shared.rows.subtract(settled) }
        }
    }

    /// When the service ends: what it gave may still be held, and is waited out by its next life.
    package func leave() async {
        guard let database else { return }
        try? await database.ledger.leave(database.replica)
    }
}
