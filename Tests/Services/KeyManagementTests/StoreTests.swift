// What every store must do, asked of each of them.

import Audit
import Contracts
import Foundation
import OldDatabase
import Storage
import Testing

@testable import KeyManagement

@Suite struct StoreTests {
    struct Undone: Error {}

    /// What belongs to another comes after it.
    static let records: [any StoredRecord] = [
        Account(
            id: "ada",
            passwordHash: "$scrypt$…",
            roles: ["admin", "user"],
            state: .disabled,
            createdAt: Timestamp(rawValue: 1_234_567_890_123)
        ),
        AdminToken(id: "t", expiresAt: Timestamp(rawValue: 5)),
        AttemptCount(id: "pwd/ada", count: 3, opensAt: Timestamp(rawValue: 7), expiresAt: Timestamp(rawValue: 9)),
        ServiceKey(
            id: "job",
            roles: [],
            scopes: ["a.*"],
            createdAt: Timestamp(rawValue: 1),
            rotatedAt: Timestamp(rawValue: 2),
            validUntil: nil
        ),
        SigningKey(
            id: "kid",
            publicKey: Data([0, 255]),
            sealed: Data(),
            generation: 3,
            publishedAt: Timestamp(rawValue: 1),
            signsFrom: Timestamp(rawValue: 2),
            retiredAt: Timestamp(rawValue: 3)
        ),
        Session(
            id: "s",
            username: "ada",
            amr: ["pwd", "otp"],
            authenticatedAt: Timestamp(rawValue: 1),
            expiresAt: Timestamp(rawValue: 2),
            ended: .reuse
        ),
        RefreshToken(
            id: "r",
            session: "s",
            expiresAt: Timestamp(rawValue: 1),
            usedAt: Timestamp(rawValue: 2),
            successor: Data([0, 255])
        ),
        KeySecret(
            id: "k",
            service: "job",
            sealed: Data([255, 0]),
            hint: "ft_…",
            createdAt: Timestamp(rawValue: 1),
            expiresAt: Timestamp(rawValue: 2),
            lastUsedAt: Timestamp(rawValue: 3)
        ),
        KeptReceipt(id: "i", sealed: Data([7]), expiresAt: Timestamp(rawValue: 4)),
    ]

    private static func account(_ id: String, roles: [String] = ["user"]) -> Account {
        Account(id: id, passwordHash: "x", roles: roles, state: .active, createdAt: Timestamp(rawValue: 1))
    }

    private static func session(_ id: String, of username: String, expires: Int) -> Session {
        Session(
            id: id,
            username: username,
            amr: ["pwd"],
            authenticatedAt: Timestamp(rawValue: 1),
            expiresAt: Timestamp(rawValue: expires)
        )
    }

    @Test(arguments: Backend.allCases)
    func `what was saved is found as it was`(backend: Backend) async throws {
        let kms = try TestKMS(backend)
        // Its directory goes with it.
        defer { withExtendedLifetime(kms) {} }
        for record in Self.records { try await roundTrip(record, in: kms.store) }
    }

    private func roundTrip<Record: StoredRecord>(_ record: Record, in store: any KeyManagementStore) async throws {
        try await store.write { try $0.save(record) }
        #expect(try await store.read { try $0.find(Record.self, record.id) } == record)
        #expect(try await store.read { try $0.all(Record.self) } == [record])
        try await store.write { try $0.delete(Record.self, record.id) }
        #expect(try await store.read { try $0.find(Record.self, record.id) } == nil)
        // For those that belong to it.
        try await store.write { try $0.save(record) }
    }

    @Test(arguments: Backend.allCases)
    func `saving again replaces`(backend: Backend) async throws {
        let kms = try TestKMS(backend)
        for roles in [["user"], ["admin"]] {
            try await kms.store.write { try $0.save(Self.account("ada", roles: roles)) }
        }
        #expect(try await kms.store.read { try $0.all(Account.self) } == [Self.account("ada", roles: ["admin"])])
    }

    @Test(arguments: Backend.allCases)
    func `records are found by owner, sorted by id`(backend: Backend) async throws {
        let kms = try TestKMS(backend)
        try await kms.store.write { tables in
            for name in ["ada", "bob"] { try tables.save(Self.account(name)) }
            for (id, name) in [("2", "ada"), ("1", "ada"), ("3", "bob")] {
                try tables.save(Self.session(id, of: name, expires: 10))
            }
        }
        #expect(try await kms.store.read { try $0.all(Session.self, of: "ada") }.map(\.id) == ["1", "2"])
        #expect(try await kms.store.read { try $0.all(Session.self, of: "eve") } == [])
    }

    @Test(arguments: Backend.allCases)
    func `what has expired is swept, to the millisecond`(backend: Backend) async throws {
        let kms = try TestKMS(backend)
        try await kms.store.write { tables in
            try tables.save(Self.account("ada"))
            for time in [9, 10, 11] { try tables.save(Self.session("\(time)", of: "ada", expires: time)) }
            try tables.sweep(Session.self, at: Timestamp(rawValue: 10), longest: .milliseconds(1))
        }
        #expect(try await kms.store.read { try $0.all(Session.self) }.map(\.id) == ["11"])
    }

    @Test(arguments: Backend.allCases)
    func `what would last too long is shortened, to the millisecond`(backend: Backend) async throws {
        let kms = try TestKMS(backend)
        try await kms.store.write { tables in
            try tables.save(Self.account("ada"))
            for time in [11, 15, 16, 9_000] { try tables.save(Self.session("\(time)", of: "ada", expires: time)) }
            try tables.sweep(Session.self, at: Timestamp(rawValue: 10), longest: .milliseconds(5))
        }
        let ends = try await kms.store.read { try $0.all(Session.self) }.compactMap(\.expiresAt?.rawValue)
        #expect(ends.sorted() == [11, 15, 15, 15])
    }

    /// All at once they would outlast the patience of whoever waits, and never be gone.
    @Test(arguments: Backend.allCases)
    func `a sweep takes out a portion, the oldest first`(backend: Backend) async throws {
        let (kms, portion) = (try TestKMS(backend), RecordStatements.portion)
        try await kms.store.write { tables in
            try tables.save(Self.account("ada"))
            for time in 1...portion + 2 { try tables.save(Self.session("\(time)", of: "ada", expires: time)) }
        }
        for left in [[portion + 1, portion + 2], []] {
            try await kms.store.write { try $0.sweep(Session.self, at: Timestamp(rawValue: 1_000), longest: .zero) }
            let ends = try await kms.store.read { try $0.all(Session.self) }.compactMap(\.expiresAt?.rawValue)
            #expect(ends.sorted() == left)
        }
    }

    @Test(arguments: Backend.allCases)
    func `a sweep shortens a portion, the longest first`(backend: Backend) async throws {
        let (kms, portion) = (try TestKMS(backend), RecordStatements.portion)
        try await kms.store.write { tables in
            try tables.save(Self.account("ada"))
            for time in 101...portion + 102 { try tables.save(Self.session("\(time)", of: "ada", expires: time)) }
        }
        for left in [[101, 102], []] {
            try await kms.store.write {
                try $0.sweep(Session.self, at: Timestamp(rawValue: 10), longest: .milliseconds(5))
            }
            let ends = try await kms.store.read { try $0.all(Session.self) }.compactMap(\.expiresAt?.rawValue)
            #expect(ends.filter { $0 > 15 }.sorted() == left)
        }
    }

    @Test(arguments: Backend.allCases)
    func `a session stays until the last of its tokens is swept`(backend: Backend) async throws {
        let (kms, portion, end) = (try TestKMS(backend), RecordStatements.portion, Timestamp(rawValue: 5))
        try await kms.store.write { tables in
            try tables.save(Self.account("ada"))
            try tables.save(Self.session("s", of: "ada", expires: 5))
            for id in 0..<portion + 1 { try tables.save(RefreshToken(id: "\(id)", session: "s", expiresAt: end)) }
        }
        for left in [1, 0] {
            try await kms.store.write { tables in
                try tables.sweep(RefreshToken.self, at: end, longest: .zero)
                try tables.sweep(Session.self, at: end, longest: .zero)
            }
            #expect(try await kms.store.read { try $0.all(RefreshToken.self) }.count == left)
        }
        #expect(try await kms.store.read { try $0.all(Session.self) } == [])
    }

    @Test(arguments: Backend.allCases)
    func `sessions are ended at once, those that go on and no others`(backend: Backend) async throws {
        let kms = try TestKMS(backend)
        try await kms.store.write { tables in
            for name in ["ada", "eve"] { try tables.save(Self.account(name)) }
            for id in ["1", "2", "3"] { try tables.save(Self.session(id, of: "ada", expires: 10)) }
            var out = Self.session("4", of: "ada", expires: 10)
            out.ended = .logout
            try tables.save(out)
            try tables.save(Self.session("5", of: "eve", expires: 10))
        }
        let ended = try await kms.store.write { try $0.endSessions(of: "ada", except: "2", .revoked) }
        #expect(ended.sorted() == ["1", "3"])
        let ends = { try await kms.store.read { try $0.all(Session.self) }.map(\.ended) }
        #expect(try await ends() == [.revoked, nil, .revoked, .logout, nil])
        #expect(try await kms.store.write { try $0.endAllSessions(.revoked) } == 2)
        #expect(try await ends() == [.revoked, .revoked, .revoked, .logout, .revoked])
        #expect(try await kms.store.write { try $0.endSessions(of: "ada", except: nil, .reuse) } == [])
    }

    @Test(arguments: Backend.allCases)
    func `a write that throws has changed nothing`(backend: Backend) async throws {
        let kms = try TestKMS(backend)
        await #expect(throws: Undone.self) {
            try await kms.store.write { tables in
                try tables.save(Self.account("ada"))
                try tables.record("kms.test", "ok", on: "", from: .host, at: Timestamp(rawValue: 1))
                throw Undone()
            }
        }
        #expect(try await kms.store.read { try $0.all(Account.self) } == [])
        #expect(try await kms.store.read { try $0.auditEntries(after: 0, limit: 1, .all) } == [])
    }

    @Test(.timeLimit(.minutes(1)), arguments: Backend.allCases)
    func `writes run one after the other`(backend: Backend) async throws {
        let kms = try TestKMS(backend)
        try await withThrowingTaskGroup { group in
            for _ in 0..<100 {
                group.addTask {
                    try await kms.store.write { tables in
                        let count = try tables.find(AttemptCount.self, "a")?.count ?? 0
                        let time = Timestamp(rawValue: 1)
                        try tables.save(AttemptCount(id: "a", count: count + 1, opensAt: time, expiresAt: time))
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await kms.store.read { try $0.find(AttemptCount.self, "a") }?.count == 100)
    }

    @Test(arguments: Backend.allCases)
    func `the audit log is read in order and in pages`(backend: Backend) async throws {
        let kms = try TestKMS(backend)
        try await kms.store.write { tables in
            for number in 1...5 {
                try tables.record("op\(number)", "ok", on: "é", from: .host, at: Timestamp(rawValue: number))
            }
        }
        let page = try await kms.store.read { try $0.auditEntries(after: 2, limit: 2, .all) }
        #expect(page.map(\.operation) == ["op3", "op4"])
        #expect(page.map(\.number) == [3, 4])
        let filter = AuditFilter(subject: "é", operation: "op5")
        let found = try await kms.store.read { try $0.auditEntries(after: 0, limit: 10, filter) }
        #expect(found.map(\.number) == [5])
        let none = try await kms.store.read { try $0.auditEntries(after: 0, limit: 10, .init(subject: "e")) }
        #expect(none.isEmpty)
    }

    @Test func `a file that an earlier version wrote opens with all that is in it`() async throws {
        let directory = TestDirectory()
        try OldDatabase.make(at: directory.file("kms.db"))
        let store = try DatabaseStore(.file(directory.file("kms.db")))
        let (accounts, key, sessions) = try await store.read { tables in
            (
                try tables.all(Account.self), try tables.find(ServiceKey.self, "job"),
                try tables.all(Session.self, of: "ada")
            )
        }
        #expect(accounts.map(\.id) == ["ada", "root"] && accounts.map(\.state) == [.active, .active])
        #expect(accounts.map(\.roles) == [["user"], ["admin", "user"]])
        #expect(key?.scopes == ["sequence.*"] && key?.rotatedAt?.rawValue == 1_795_715_829_033)
        #expect(sessions.map(\.amr) == [["pwd"]] && sessions.allSatisfy { $0.ended == nil })
        #expect(try await store.read { try $0.all(SigningKey.self) }.map(\.generation) == [1])
        let trail = AuditTrail { after, limit, filter in
            try await store.read { try $0.auditEntries(after: after, limit: limit, filter) }
        }
        #expect(try await trail.verify().whole)
        await store.close()
    }
}
