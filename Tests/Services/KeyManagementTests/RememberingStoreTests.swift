// That memory never says what is no longer true, whatever comes between. What every store must do: `StoreTests`, which runs it too.

import Audit
import Storage
import Synchronization
import Testing

@testable import KeyManagement

@Suite(.timeLimit(.minutes(1))) struct RememberingStoreTests {
    struct Undone: Error {}

    /// A store that counts how often it is asked, and holds readers between what they have read and their answer.
    final class SlowStore: KeyManagementStore {
        let base = MemoryStore()
        let reads = Mutex(0)
        let held = Mutex<[Held]>([])
        let arrivals = AsyncStream<Void>.makeStream()
        let holds = Mutex(false)

        struct Held { let release: CheckedContinuation<Void, Never> }

        func write<Value: Sendable>(_ body: @escaping @Sendable (any Tables) throws -> Value) async throws -> Value {
            try await base.write(body)
        }

        func read<Value: Sendable>(_ body: @escaping @Sendable (any Tables) throws -> Value) async throws -> Value {
            reads.withLock { $0 += 1 }
            let value = try await base.read(body)
            guard holds.withLock({ $0 }) else { return value }
            await withCheckedContinuation { release in
                held.withLock { $0.append(Held(release: release)) }
                arrivals.continuation.yield()
            }
            return value
        }

        func releaseAll() {
            holds.withLock { $0 = false }
            for reader in held.withLock({ Array($0) }) { reader.release.resume() }
        }
    }

    final class Counter: Sendable {
        private let count = Mutex(0)
        var value: Int {
            get { count.withLock { $0 } }
            set { count.withLock { $0 = newValue } }
        }
    }

    let slow = SlowStore()
    let store: RememberingStore

    init() { store = RememberingStore(slow, limit: 1 << 20) }

    private static func session(ended: Session.End? = nil, expires: Int = 1_000) -> Session {
        Session(
            id: "s",
            username: "ada",
            amr: ["pwd"],
            authenticatedAt: Timestamp(rawValue: 1),
            expiresAt: Timestamp(rawValue: expires),
            ended: ended
        )
    }

    private func save(_ session: Session) async throws { try await store.write { try $0.save(session) } }
    private func find() async throws -> Session? { try await store.read { try $0.find(Session.self, "s") } }
    private var reads: Int { slow.reads.withLock { $0 } }

    @Test func `what was read is read once`() async throws {
        try await save(Self.session())
        for _ in 0..<5 { #expect(try await find() == Self.session()) }
        #expect(reads == 1)
    }

    @Test func `what is not there is asked for again, since it may come`() async throws {
        for _ in 0..<3 { #expect(try await find() == nil) }
        #expect(reads == 3)
        try await save(Self.session())
        #expect(try await find() == Self.session())
    }

    @Test func `once a change is answered the old is gone`() async throws {
        try await save(Self.session())
        _ = try await find()
        try await save(Self.session(ended: .logout))
        #expect(try await find()?.ended == .logout)
        try await store.write { try $0.delete(Session.self, "s") }
        #expect(try await find() == nil)
    }

    @Test(arguments: [true, false])
    func `sessions that are ended without being named are gone from memory too`(isOfUser: Bool) async throws {
        try await save(Self.session())
        _ = try await find()
        try await store.write { tables in
            if isOfUser { _ = try tables.endSessions(of: "ada", except: nil, .revoked) }
            if !isOfUser { _ = try tables.endAllSessions(.revoked) }
        }
        #expect(try await find()?.ended == .revoked)
    }

    @Test func `a change that threw is looked at again: it may be there`() async throws {
        try await save(Self.session())
        _ = try await find()
        await #expect(throws: Undone.self) {
            try await store.write { tables in
                try tables.save(Self.session(ended: .reuse))
                throw Undone()
            }
        }
        #expect(try await find()?.ended == nil)
        #expect(reads == 2)
    }

    @Test func `a read that began before a change and ends after it is not kept`() async throws {
        try await save(Self.session())
        slow.holds.withLock { $0 = true }
        async let early = find()
        for await _ in slow.arrivals.stream { break }
        try await save(Self.session(ended: .revoked))
        slow.releaseAll()
        #expect(try await early?.ended == nil, "it had read before the change")
        #expect(try await find()?.ended == .revoked)
    }

    @Test func `what a sweep took out is not remembered, even where the clock goes back`() async throws {
        try await save(Self.session(expires: 10))
        _ = try await find()
        let life = Duration.milliseconds(1)
        try await store.write { try $0.sweep(Session.self, at: Timestamp(rawValue: 9), longest: life) }
        #expect(try await find() != nil)
        #expect(reads == 1, "nothing had ended, so nothing was forgotten")
        try await store.write { try $0.sweep(Session.self, at: Timestamp(rawValue: 10), longest: life) }
        #expect(try await find() == nil)
    }

    @Test func `what a sweep shortened is not remembered as it was`() async throws {
        try await save(Self.session(expires: 1_000))
        _ = try await find()
        let life = Duration.milliseconds(5)
        try await store.write { try $0.sweep(Session.self, at: Timestamp(rawValue: 9), longest: life) }
        #expect(try await find()?.expiresAt == Timestamp(rawValue: 14))
    }

    @Test func `a body that needs more than memory has is run below as a whole`() async throws {
        try await save(Self.session())
        _ = try await find()
        let found = try await store.read { tables in
            (
                try tables.find(Session.self, "s"), try tables.all(Session.self),
                try tables.auditEntries(after: 0, limit: 1, .all)
            )
        }
        #expect(found.0 == found.1.first && found.0 != nil && found.2.isEmpty)
    }

    @Test func `without memory it is the store below`() async throws {
        let store = RememberingStore(slow, limit: 0)
        try await store.write { try $0.save(Self.session()) }
        for _ in 0..<3 { #expect(try await store.read { try $0.find(Session.self, "s") } == Self.session()) }
        #expect(reads == 3)
    }

    @Test func `under changes from many sides nobody reads what was changed before he asked`() async throws {
        let sqlite = TestDirectory()
        let store = RememberingStore(try DatabaseStore(.file(sqlite.file("kms.db"))), limit: 1 << 20)
        let written = Counter()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    while written.value < 200 {
                        // Reads from memory do not wait: without this they would keep the writer out.
                        await Task.yield()
                        let before = written.value
                        let seen = try await store.read { try $0.find(ServiceKey.self, "job") }?.createdAt.rawValue
                        #expect(seen ?? 0 >= before)
                    }
                }
            }
            group.addTask {
                for number in 1...200 {
                    let key = ServiceKey(
                        id: "job",
                        roles: [],
                        scopes: nil,
                        createdAt: Timestamp(rawValue: number),
                        validUntil: nil
                    )
                    try await store.write { try $0.save(key) }
                    written.value = number
                }
            }
            try await group.waitForAll()
        }
    }
}
