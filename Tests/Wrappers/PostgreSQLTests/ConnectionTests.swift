// One connection to a real PostgreSQL server: values to the last bit, pipelines, failures, TLS, and which of several hosts is taken.

import DatabaseServer
import Dispatch
import HostNames
import Testing

@testable import PostgreSQL

@Suite(.timeLimit(.minutes(2))) struct ConnectionTests {
    private let server: DatabaseServer
    private let connection: Connection

    init() throws {
        server = try DatabaseServer.shared.get()
        connection = try server.connect()
    }

    private var soon: ContinuousClock.Instant { .now + .seconds(20) }

    /// Replies to all that is awaited: an answer's rows and tag, or the SQLSTATE.
    private func replies() throws -> [String] {
        var replies: [String] = []
        while connection.awaited > 0 {
            switch try connection.reply(until: soon) {
            case .prepared: replies.append("prepared")
            case .answer(let answer): replies.append(answer.tag)
            case .failed(let error): replies.append(error.state ?? "lost")
            case .skipped: replies.append("skipped")
            case .synced: replies.append("synced")
            }
        }
        return replies
    }

    @Test func `values of every kind go and come back, to the last bit`() throws {
        try connection.prepare("all", "SELECT $1, $2, $3, $4, $5", [20, 701, 25, 17, 25])
        let text = "to be\u{301} \u{10FFFF} \"'\\"
        try connection.execute("all", [.integer(.min), .real(-0.1), .text(text), .bytes([0, 255, 0]), .null])
        _ = try connection.reply(until: soon)
        guard case .answer(let answer) = try connection.reply(until: soon) else { throw Unexpected() }
        #expect(answer.count == 1 && answer.integer(0, 0) == .min && answer.real(0, 1) == -0.1)
        #expect(answer.text(0, 2).utf8.elementsEqual(text.utf8) && answer.bytes(0, 3) == [0, 255, 0])
        #expect(answer.isNull(0, 4) && !answer.isNull(0, 3))
    }

    @Test(arguments: [Int64.min, -1, 0, 1, 255, 256, 1 << 31, .max]) func `integers are big-endian`(
        number: Int64
    ) throws {
        let text = "SELECT '\(number)'::bigint, ('\(number)'::bigint % 30000)::smallint"
        let answer = try connection.ask(text, until: soon)
        #expect(answer.integer(0, 0) == number && answer.integer(0, 1) == number % 30_000)
    }

    @Test func `empty texts and bytes are not nothing`() throws {
        try connection.prepare("e", "SELECT $1, $2", [25, 17])
        try connection.execute("e", [.text(""), .bytes([])])
        _ = try connection.reply(until: soon)
        guard case .answer(let answer) = try connection.reply(until: soon) else { throw Unexpected() }
        #expect(!answer.isNull(0, 0) && answer.text(0, 0).isEmpty && !answer.isNull(0, 1) && answer.bytes(0, 1) == [])
    }

    @Test func `what follows a failure is skipped up to the sync, and what comes after it is not`() throws {
        for text in ["BEGIN", "SELECT 1/0", "SELECT 1", "COMMIT"] {
            try connection.prepare("", text, [])
            try connection.execute("", [])
        }
        try connection.sync()
        try connection.prepare("", "ROLLBACK", [])
        try connection.execute("", [])
        try connection.sync()
        let skipped = Array(repeating: "skipped", count: 4)
        #expect(
            try replies() == ["prepared", "BEGIN", "prepared", "22012"] + skipped
                + ["synced", "prepared", "ROLLBACK", "synced"]
        )
    }

    /// Both sides would stand still if nobody read while he writes.
    @Test func `a pipeline larger than all buffers goes through`() throws {
        try connection.prepare("echo", "SELECT $1", [17])
        let bytes = [UInt8](repeating: 7, count: 1 << 20)
        for _ in 1...32 { try connection.execute("echo", [.bytes(bytes)]) }
        try connection.sync()
        #expect(try replies() == ["prepared"] + Array(repeating: "SELECT 1", count: 32) + ["synced"])
    }

    @Test func `a COMMIT of a failed transaction is answered ROLLBACK`() throws {
        _ = try connection.ask("BEGIN", until: soon)
        #expect(throws: PostgreSQLError.self) { try connection.ask("SELECT 1/0", until: soon) }
        #expect(try connection.ask("COMMIT", until: soon).tag == "ROLLBACK")
    }

    @Test func `who waits too long says so, and what he asks next has no answer before the first has`() throws {
        for question in ["SELECT pg_sleep_for('20 s')", "SELECT 1"] {
            let error = #expect(throws: PostgreSQLError.self) {
                try connection.ask(question, until: .now + .milliseconds(50))
            }
            #expect(error?.kind == .late)
        }
    }

    @Test func `a connection that the server ends is lost`() throws {
        let pid = try connection.ask("SELECT pg_backend_pid()", until: soon).integer(0, 0)
        try server.ask("SELECT pg_terminate_backend(\(pid))")
        let error = #expect(throws: PostgreSQLError.self) { try connection.ask("SELECT 1", until: soon) }
        #expect(error?.kind == .lost)
        #expect(throws: PostgreSQLError.self) { try connection.ask("SELECT 1", until: soon) }
    }

    @Test func `a column of a type that is not read here is an error and no guess`() throws {
        let error = #expect(throws: PostgreSQLError.self) { try connection.ask("SELECT 1.5::numeric", until: soon) }
        #expect(error?.message.contains("1700") == true)
    }

    @Test func `a script runs whole, or says what failed, and the pipeline goes on`() throws {
        let table = DatabaseServer.newSchema()
        #expect(try connection.script("CREATE TABLE \(table) (a BIGINT); DROP TABLE \(table)", until: soon) == nil)
        #expect(try connection.script("SELECT 1; SELECT 1/0", until: soon)?.state == "22012")
        #expect(try connection.ask("SELECT 7::bigint", until: soon).integer(0, 0) == 7)
    }

    @Test func `a warning is kept`() throws {
        #expect(try connection.ask("COMMIT", until: soon).tag == "COMMIT")
        #expect(connection.warnings == ["there is no transaction in progress"])
    }

    @Test func `where no host answers the words name each`() throws {
        let hosts = ["/nonexistent/one", "/nonexistent/two"]
        let error = #expect(throws: PostgreSQLError.self) {
            let servers = hosts.map { Server(host: $0, database: "x", user: "x") }
            _ = try Chooser.connect(servers, until: .now + .seconds(1))
        }
        #expect(error?.kind == .lost)
        #expect(hosts.allSatisfy { error?.message.contains($0) == true })
    }

    @Test func `of several hosts the one that takes writes is taken`() throws {
        let nowhere = Server(host: "/nonexistent", database: "x", user: "x")
        let chosen = try Chooser.connect([nowhere, server.server], until: soon)
        #expect(try chosen.ask("SELECT 1::bigint", until: soon).integer(0, 0) == 1)
    }

    /// Its thread stands still until the test is over.
    @Test func `a name that is never looked up keeps nobody from the other hosts`() throws {
        let over = DispatchSemaphore(value: 0)
        defer { over.signal() }
        let names = HostNames { name in
            guard name == "silent.test" else { return ["127.0.0.1"] }
            over.wait()
            return []
        }
        var (silent, named) = (server.server(.none), server.server(.none))
        (silent.host, named.host) = ("silent.test", "found.test")
        for other in [named, server.server] {
            let chosen = try Chooser.connect([silent, other], until: soon, names: names)
            #expect(try chosen.ask("SELECT 1::bigint", until: soon).integer(0, 0) == 1)
        }
        let error = #expect(throws: PostgreSQLError.self) {
            try Chooser.connect([silent], until: .now + .milliseconds(20), names: names)
        }
        #expect(error?.kind == .lost && error?.message.contains("looked up in time") == true)
    }

    @Test func `a host of several addresses is found at any of them, by its name`() throws {
        // Nobody listens at the first.
        let names = HostNames { $0 == "localhost" ? ["127.0.0.2", "127.0.0.1"] : [] }
        let verified = server.server(.verified(authorityFile: server.authorityFile))
        let chosen = try Chooser.connect([verified], until: soon, names: names)
        #expect(
            try chosen.ask("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", until: soon).integer(0, 0) == 1
        )
        var nobody = verified
        nobody.host = "nobody.test"
        let error = #expect(throws: PostgreSQLError.self) { try Chooser.connect([nobody], until: soon, names: names) }
        #expect(error?.message.contains("no address") == true)
    }

    @Test func `over TLS a certificate that names the host is believed`() throws {
        let chosen = try Chooser.connect([server.server(.verified(authorityFile: server.authorityFile))], until: soon)
        let question = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
        #expect(try chosen.ask(question, until: soon).integer(0, 0) == 1)
    }

    @Test func `over TLS another host, another authority and a wrong password are refused`() throws {
        let verified = server.server(.verified(authorityFile: server.authorityFile))
        var (otherHost, otherAuthority, otherPassword) = (verified, verified, verified)
        otherHost.host = "127.0.0.1"
        otherAuthority.security = .verified(authorityFile: "/etc/ssl/certs/ca-certificates.crt")
        otherPassword.password = "guess"
        let refusals = [
            (otherHost, "does not match host name"), (otherAuthority, "certificate verify failed"),
            (otherPassword, "password authentication failed"),
        ]
        for (wrong, reason) in refusals {
            let error = #expect(throws: PostgreSQLError.self) { try Chooser.connect([wrong], until: soon) }
            let message = error?.message ?? ""
            #expect(message.contains(reason) && !message.contains("guess"), "\(message)")
        }
    }

    struct Unexpected: Error {}
}
