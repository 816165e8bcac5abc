// Where a PostgreSQL store's connections come from, and what each is set to.
//
//     writer      the primary; waits for a lock no longer than the limits say, and for nothing at a COMMIT but our own deadline
//     readers     refuse to write; a statement of theirs ends after some seconds
//
// A session that idles inside a transaction is ended by the server: a host that dies there would keep the lock of all others.

import Foundation
import PostgreSQL

struct PostgreSQLSource: Sendable {
    private static let idleTimeout = Duration.seconds(2)
    private static let readTimeout = Duration.seconds(5)

    private let servers: [Server]
    let schema: String
    let limits: StoreLimits

    /// `schema` is a name of ours: letters, digits and `_`.
    init(_ servers: [Server], schema: String, _ limits: StoreLimits) {
        (self.servers, self.schema, self.limits) = (servers, schema, limits)
    }

    /// A connection to the host that takes writes, set for one who writes or for one who reads. A host of an older timeline than `timeline` was primary
    /// before, and has not noticed that it is none any more: it is refused.
    ///
    /// - Throws: `PostgreSQLError`.
    func connect(writing: Bool, since timeline: Int64) throws(PostgreSQLError) -> Connection {
        let deadline = ContinuousClock.now + limits.connectTimeout
        let connection = try Chooser.connect(servers, until: deadline)
        guard connection.timeline >= timeline else {
            throw PostgreSQLError(
                .lost,
                "the host that takes writes is of timeline \(connection.timeline), and an answer was of \(timeline)"
            )
        }
        let answer = try connection.ask(writing ? writerSettings : readerSettings, until: deadline)
        guard answer.text(0, 0) == "on" else {
            throw PostgreSQLError(.refused, "the server runs with fsync off: what it has answered is not on disk")
        }
        return connection
    }

    /// Takes the store for as long as the connection lives: together with the other replicas, or for this process alone, which then knows that
    /// nobody works with what it changes.
    func claim(alone: Bool, on connection: Connection) throws(PostgreSQLError) {
        let deadline = ContinuousClock.now + limits.connectTimeout
        let lock = alone ? "pg_try_advisory_lock" : "pg_try_advisory_lock_shared"
        let text = "SELECT \(lock)(hashtextextended('\(schema)', 1))"
        let reason = alone ? "other processes have \(schema) open" : "a process has \(schema) for itself alone"
        while try connection.ask(text, until: deadline).integer(0, 0) == 0 {
            guard deadline > .now else { throw PostgreSQLError(.busy, reason) }
            Thread.sleep(forTimeInterval: 0.01)
        }
    }

    private var writerSettings: String {
        settings([
            ("lock_timeout", milliseconds(limits.lockTimeout)), ("statement_timeout", "0"),
            ("idle_in_transaction_session_timeout", milliseconds(Self.idleTimeout)),
        ])
    }

    private var readerSettings: String {
        settings([
            ("default_transaction_read_only", "on"), ("default_transaction_isolation", "repeatable read"),
            ("statement_timeout", milliseconds(Self.readTimeout)),
            ("idle_in_transaction_session_timeout", milliseconds(Self.idleTimeout)),
        ])
    }

    /// What is asked here is asked by a key, of tables that grow while a statement stays compiled. A plan that was made when a table had no rows
    /// would read all of it for ever: here 0.76 ms instead of 0.01 for the last place of 3,000. What may cost too much by the planner's
    /// reckoning then, must not be compiled to machine code for it.
    private static let planning = [
        ("enable_seqscan", "off"), ("enable_bitmapscan", "off"), ("plan_cache_mode", "force_generic_plan"),
        ("jit", "off"),
    ]

    /// The first column tells whether what is answered is on disk. A role or a database that says less is overruled.
    private func settings(_ settings: [(String, String)]) -> String {
        let all = [("search_path", "\"\(schema)\"")] + Self.planning + settings
        let calls = all.map { "set_config('\($0.0)', '\($0.1)', false)" }.joined(separator: ", ")
        return """
            SELECT current_setting('fsync'), \(calls), set_config('synchronous_commit',
                CASE WHEN current_setting('synchronous_commit') IN ('off', 'local') THEN 'on'
                ELSE current_setting('synchronous_commit') END, false)
            """
    }

    private func milliseconds(_ duration: Duration) -> String { "\(Int64(duration / .milliseconds(1)))" }
}

extension StoreError {
    init(_ error: PostgreSQLError) {
        let kind: Kind =
            switch error.kind {
            case .constraint: .constraint
            case .lost, .late: .unreachable
            case .again, .stale, .aborted: .brokenOff
            case .busy: .locked
            case .refused: .cannotOpen
            case .full: .full
            case .other: .other
            }
        self.init(kind, "\(error.message) (\(error.state ?? "no SQLSTATE"))")
    }
}
