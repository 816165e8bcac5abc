// What is on record of the KMS, and that whoever changes, shortens or rewrites the record is found out.

import Bus
import Contracts
import SQLite
import Secrets
import Storage
import Testing

@testable import Audit
@testable import KeyManagement

@Suite struct AuditTests {
    @Test func `every attempt and every change is on record`() async throws {
        let kms = try TestKMS()
        let admin = try await kms.admin()
        _ = try? await kms.register("eve", roles: ["admin"])
        _ = try? await kms.login("root", "wrong password")
        _ = try await kms.call(KMS.createKey, .init(serviceName: try #require(KMS.ServiceName("job"))), as: admin)
        _ = try await kms.call(KMS.logout, .init(), as: admin)
        #expect(
            try await kms.audit().filter { !$0.hasPrefix("kms.signing_keys") } == [
                "kms.register root ok", "kms.login root ok", "kms.register eve forbidden",
                "kms.login root bad_credentials", "kms.keys.create job ok", "kms.logout root ok",
            ]
        )
    }

    @Test func `an entry names principal, peer, client, trace and factor`() async throws {
        let kms = try TestKMS()
        let admin = try await kms.admin()
        _ = try await kms.call(KMS.createKey, .init(serviceName: try #require(KMS.ServiceName("job"))), as: admin)
        let entries = try await kms.call(KMS.listAudit, .init(limit: 1000), as: admin).entries
        let login = try #require(entries.first { $0.operation == "kms.login" })
        #expect(login.principal == "peer:gateway" && login.peer == "gateway" && login.factor == "pwd")
        #expect(login.client == TestKMS.client)
        let created = try #require(entries.last)
        #expect(created.principal == "user:root" && created.factor == "pwd" && created.trace.count == 32)
        #expect(created.at == kms.clock.now.rawValue)
    }

    /// The hash of an entry without a client is written down here as it was before there were clients.
    @Test func `a log from before clients were recorded stays whole, and goes on`() async throws {
        let directory = TestDirectory()
        let path = directory.file("kms.db")
        let source = AuditSource.host
        let old = AuditEntry(AuditNote(at: 1, "kms.login", "ok", on: "ada", from: source), after: nil)
        #expect(Hex.encode(Array(old.hash)) == "b281d9f81dc112fd39b07a7d0a5e1d6a54908120f129a8ebaba1c46d5765e44d")
        let kept = try DatabaseStore(.file(path))
        try await kept.write { tables in
            try tables.record("kms.login", "ok", on: "ada", from: source, at: Timestamp(rawValue: 1))
        }
        await kept.close()
        // As a database is that the release before has written.
        let file = try Connection(path)
        try file.execute("ALTER TABLE audit DROP COLUMN client; DELETE FROM grdb_migrations WHERE identifier = 'kms.6'")
        let store = try DatabaseStore(.file(path))
        let outside = AuditSource(CallContext(operation: "kms.login", client: "203.0.113.7"))
        try await store.write { tables in
            try tables.record("kms.login", "ok", on: "ada", from: outside, at: Timestamp(rawValue: 2))
        }
        var chain = AuditChain()
        let entries = try await store.read { try $0.auditEntries(after: 0, limit: 100, .all) }
        for entry in entries { chain.follow(entry) }
        #expect(chain.brokenAt == nil && entries.map(\.client) == ["", "203.0.113.7"])
        await store.close()
    }

    @Test func `a client's address cannot be changed unseen`() async throws {
        let directory = TestDirectory()
        let path = directory.file("kms.db")
        let store = try DatabaseStore(.file(path))
        for client in ["203.0.113.7", nil] {
            let source = AuditSource(CallContext(operation: "kms.login", client: client))
            try await store.write { tables in
                try tables.record("kms.login", "ok", on: "ada", from: source, at: Timestamp(rawValue: 2))
            }
        }
        let file = try Connection(path)
        try file.execute("DROP TRIGGER audit_stays")
        for (number, client) in [(2, "6.6.6.6"), (1, "")] {
            try file.execute("UPDATE audit SET client = '\(client)' WHERE number = \(number)")
            var chain = AuditChain()
            for entry in try await store.read({ try $0.auditEntries(after: 0, limit: 100, .all) }) {
                chain.follow(entry)
            }
            #expect(chain.brokenAt == number)
        }
        await store.close()
    }

    @Test func `refused attempts of a throttled lane are on record too`() async throws {
        let kms = try TestKMS()
        for _ in 1...6 { _ = try? await kms.login("nobody") }
        #expect(try await kms.audit().last == "kms.login nobody too_many_requests")
    }

    @Test(arguments: Backend.allCases)
    func `a log that nobody has touched is whole`(backend: Backend) async throws {
        let kms = try TestKMS(backend)
        #expect(try await kms.service.audit.verify().whole)
        for _ in 1...6 { _ = try? await kms.login("nobody") }
        let verdict = try await kms.service.audit.verify()
        #expect(verdict.whole && verdict.entries == 6)
        let last = try await kms.call(KMS.listAudit, .init(after: 5)).entries.first
        #expect(verdict.head == last?.hash)
    }

    @Test(arguments: [
        "UPDATE audit SET outcome = 'ok' WHERE number = 3", "UPDATE audit SET at = at + 1 WHERE number = 3",
        "DELETE FROM audit WHERE number = 3", "UPDATE audit SET subject = 'x', operation = operation WHERE number = 3",
    ])
    func `whoever changes the file is found out`(tampering: String) async throws {
        let directory = TestDirectory()
        let path = directory.file("kms.db")
        let store = try DatabaseStore(.file(path))
        try await store.write { tables in
            for number in 1...5 {
                try tables.record("op\(number)", "no", on: "", from: .host, at: Timestamp(rawValue: number))
            }
        }
        let file = try Connection(path)
        // The log defends itself against mistakes; against somebody who drops its triggers there is the chain.
        #expect(throws: SQLiteError.self) { try file.execute(tampering) }
        try file.execute("DROP TRIGGER audit_stays; DROP TRIGGER audit_remains")
        try file.execute(tampering)
        var chain = AuditChain()
        for entry in try await store.read({ try $0.auditEntries(after: 0, limit: 100, .all) }) { chain.follow(entry) }
        #expect(chain.brokenAt == (tampering.hasPrefix("DELETE") ? 4 : 3))
        #expect(chain.count == 2)
        await store.close()
    }

    /// Whoever takes an entry out and hashes what is behind it anew leaves a hole in the numbers.
    @Test func `a hole in the numbers shows, though each hash follows from the one before`() {
        let note = AuditNote(at: 1, "op", "ok", on: "ada", from: .host)
        let first = AuditEntry(note, after: nil)
        let gone = AuditEntry(
            number: 2,
            at: 1,
            operation: "op",
            outcome: "no",
            subject: "ada",
            source: .host,
            hash: first.hash
        )
        var chain = AuditChain()
        for entry in [first, AuditEntry(note, after: gone)] { chain.follow(entry) }
        #expect(chain.brokenAt == 3 && chain.count == 1)
    }

    /// What the chain alone cannot show: an end that is gone, or a whole log written anew.
    @Test func `against an entry that was written down elsewhere a shortened or rewritten log shows`() async throws {
        let kms = try TestKMS()
        for _ in 1...6 { _ = try? await kms.login("nobody") }
        let whole = try await kms.service.audit.verify()
        let known = AuditChain.Known(number: whole.entries, hash: whole.head)
        #expect(try await kms.service.audit.verify(against: known).whole)
        _ = try? await kms.login("nobody")
        #expect(try await kms.service.audit.verify(against: known).whole, "growing is not changing")

        let shortened = try TestKMS()
        for _ in 1...5 { _ = try? await shortened.login("nobody") }
        let verdict = try await shortened.service.audit.verify(against: known)
        #expect(!verdict.whole && verdict.brokenAt == 6)
        _ = try? await shortened.login("nobody")
        let rewritten = try await shortened.service.audit.verify(against: known)
        #expect(!rewritten.whole && rewritten.brokenAt == 6)
    }

    @Test func `administrators query by account and operation`() async throws {
        let kms = try TestKMS()
        let admin = try await kms.admin()
        for name in ["ada", "eve"] { try await kms.register(name) }
        for _ in 1...3 { _ = try? await kms.login("ada", "wrong") }
        let query = AuditQuery(subject: "ada", operation: "kms.login")
        let found = try await kms.call(KMS.listAudit, query, as: admin).entries
        #expect(found.map(\.outcome) == Array(repeating: "bad_credentials", count: 3))
    }

    @Test(arguments: [0, 1001])
    func `a page of absurd size is refused by name`(limit: Int) async throws {
        let kms = try TestKMS()
        let failure = await #expect(throws: Failure.self) { try await kms.call(KMS.listAudit, .init(limit: limit)) }
        #expect(failure?.fields?.map(\.field) == ["limit"])
    }
}
