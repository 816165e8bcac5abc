// Plays a story once: a crowd that writes, repeats itself, reorders, reads, moves, searches, logs in and shows keys, while a test does what it likes
// to the ecosystem. Each request is sent once and written down; what it was for is in `Story`.

import Bus
import Contracts
import Ecosystem
import EcosystemTesting
import Histories
import Synchronization

/// What a client does; each role has its own turns.
enum Role: CaseIterable, Sendable { case writes, repeats, reorders, reads, moves, searches, holdsKeys }

struct Storyteller: Sendable {
    /// How long it may take at the end until everything is answered again, in nanoseconds.
    static let patience: UInt64 = 30_000_000_000

    /// A peer that follows `sequence.changed`.
    let node: Node
    let root: EdgeClient
    let user: EdgeClient
    /// With which the user logs in.
    let account: JSONValue
    let seed: UInt64
    let writers: Int
    /// Whether a role plays a turn, the first is 1.
    let plays: @Sendable (Role, Int) -> Bool
    let calls = Recorder<UInt64>()
    let orders = Recorder<RevisionCheck.Seen>()
    private let wanted = Mutexed<[String: String]>([:])

    init(
        _ node: Node,
        root: EdgeClient,
        user: EdgeClient,
        account: JSONValue = ["username": "ada", "password": "secure123"],
        seed: UInt64,
        writers: Int,
        plays: @escaping @Sendable (Role, Int) -> Bool
    ) {
        (self.node, self.root, self.user, self.account) = (node, root, user, account)
        (self.seed, self.writers, self.plays) = (seed, writers, plays)
    }

    /// `misfortune` is what happens to the ecosystem meanwhile; when it returns, the last fault is over.
    func play(_ misfortune: @escaping @Sendable (Storyteller) async throws -> Void = { _ in }) async throws -> Story {
        var story = Story()
        let subscription = try await node.subscribe(SequenceOperations.changed, from: .offset(1))
        story.begun = try await prepare()
        story.noted = try await audit().chain.mapValues(\.hash)
        async let end = healed(misfortune)
        try await crowd()
        story.healed = try await end
        try await goOn(from: story.healed)
        try await rest(&story, subscription)
        (story.calls, story.orders, story.wanted) = (calls.calls, orders.calls, wanted.value)
        return story
    }

    private func healed(_ misfortune: @Sendable (Storyteller) async throws -> Void) async throws -> UInt64 {
        try await misfortune(self)
        return calls.now
    }

    /// How many creates have ended.
    var creates: Int { calls.calls.count { $0.operation == "create" } }

    func untilCreates(_ count: Int) async throws {
        while creates < count {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    // MARK: The crowd

    private func crowd() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 1...writers {
                group.addTask { try await take(.writes) { try await create(writer * 1_000_000 + $0) } }
            }
            for clerk in 1...2 { group.addTask { try await reorder(as: clerk) } }
            for _ in 1...2 { group.addTask { try await take(.reads) { _ in try await readOrder() } } }
            group.addTask { try await take(.repeats, repeatVersion) }
            group.addTask { try await take(.moves, move) }
            group.addTask { try await take(.searches) { _ in try await search() } }
            group.addTask { try await take(.holdsKeys, holdKey) }
            try await group.waitForAll()
        }
    }

    private func take(_ role: Role, _ turn: (Int) async throws -> Void) async throws {
        var number = 1
        while plays(role, number) {
            try Task.checkCancellation()
            try await turn(number)
            number += 1
        }
    }

    /// After the last fault, until all that has to go on does, or has had its time.
    private func goOn(from healed: UInt64) async throws {
        var number = 1
        while calls.now < healed + Self.patience {
            try await create(number)
            try await search()
            let again = calls.calls.filter { $0.invoked >= healed && $0.outcome.answer != nil }.map(\.operation)
            if Set(again).isSuperset(of: ["create", "search"]) { return }
            number += 1
        }
    }

    // MARK: Roles

    func create(_ id: Int) async throws {
        let number = { (answer: EdgeClient.Answer) in UInt64(answer["sequenceNumber"].integer ?? 0) }
        try await calls.request("create", of: "script_\(id)", isIdempotent: false, number) {
            try await user.post(
                "/service_a/sequence",
                element("script", id),
                headers: [("Idempotency-Key", "script-\(id)")]
            )
        }
    }

    private func element(_ type: String, _ id: Int) -> JSONValue {
        ["elementType": .string(type), "elementId": .integer(id), "comment": .string("\(type) \(id) of the play")]
    }

    /// A version that is asked for three times under one key: twice at once, and once more; then another one under the same key.
    private func repeatVersion(_ turn: Int) async throws {
        async let first: Void = version(turn)
        async let second: Void = version(turn)
        _ = try await (first, second)
        try await version(turn)
        try await version(turn, "other")
    }

    private func version(_ turn: Int, _ operation: String = "version") async throws {
        let body: JSONValue = [
            "elementType": "action", "elementId": .integer(turn % 8 + 1),
            "comment": .string("\(operation == "version" ? "v" : "other")-\(turn)"),
        ]
        try await calls.request(operation, of: "v-\(turn)", isIdempotent: false, { Self.digest($0.body) }) {
            try await user.post("/service_a/sequence/version", body, headers: [("Idempotency-Key", "v-\(turn)")])
        }
    }

    /// Of all that was answered: FNV-1a, 64 bits.
    private static func digest(_ body: [UInt8]) -> UInt64 {
        body.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    private func reorder(as clerk: Int) async throws {
        var dice = SeededGenerator(seed: seed &* 31 &+ UInt64(clerk))
        try await take(.reorders) { turn in
            let order = Story.cast.shuffled(using: &dice)
            let (subject, text) = ("order-\(clerk)-\(turn)", Self.text(order))
            wanted.change { $0[subject] = text }
            let body: JSONValue = [
                "elementType": "character", "elementIds": .array(Story.cast.map(JSONValue.integer)),
                "newOrder": .array(order.map(JSONValue.integer)),
            ]
            let seen = { (answer: EdgeClient.Answer) in Self.seen(answer["revision"], text, isWrite: true) }
            try await orders.request("reorder", of: subject, isIdempotent: false, seen) {
                try await user.post("/service_a/sequence/reorder", body)
            }
        }
    }

    @discardableResult
    private func readOrder() async throws -> RevisionCheck.Seen? {
        let read = { (answer: EdgeClient.Answer) in
            let order = answer["elements"].items.compactMap { $0["elementId"].integer }
            return Self.seen(answer["sequenceRevision"], Self.text(order), isWrite: false)
        }
        return try await orders.request("read", of: "character", read) {
            try await user.get("/service_a/sequence?elementType=character")
        }.answer
    }

    private static func seen(_ revision: JSONValue, _ order: String, isWrite: Bool) -> RevisionCheck.Seen {
        RevisionCheck.Seen(revision: UInt64(revision.integer ?? 0), content: order, isWrite: isWrite)
    }

    private static func text(_ order: [Int]) -> String { order.map(String.init).joined(separator: " ") }

    private func move(_ turn: Int) async throws {
        let body: JSONValue = [
            "elementType": "action", "elementId": .integer(turn % 8 + 1), "to": .integer(turn * 3 % 8 + 1),
        ]
        try await calls.request("move", of: "action", isIdempotent: false, { UInt64($0.status) }) {
            try await user.post("/service_a/sequence/move", body)
        }
    }

    private func search() async throws {
        let query: JSONValue = ["q": "play", "query_by": "comment", "max_hits": 1]
        try await calls.request("search", of: "play", { UInt64($0["found"].integer ?? 0) }) {
            try await user.post("/typesense_client/search", query)
        }
    }

    func logIn() async throws {
        try await calls.request("login", of: "user", { UInt64($0.status) }) {
            try await user.post("/kms/login", account)
        }
    }

    // MARK: Before the curtain

    /// Those who change places and those who get versions; the first order and its revision.
    private func prepare() async throws -> (revision: UInt64, order: String) {
        for id in Story.cast { try await user.post("/service_a/sequence", element("character", id)).require(201) }
        for id in 1...8 { try await user.post("/service_a/sequence", element("action", id)).require(201) }
        guard let seen = try await readOrder(), let order = seen.content else {
            throw UnexpectedAnswer(description: "the order cannot be read")
        }
        return (seen.revision, order)
    }
}

/// A value that several tasks change.
final class Mutexed<Value: Sendable>: Sendable {
    private let state: Mutex<Value>

    init(_ value: Value) { state = Mutex(value) }

    var value: Value { state.withLock { $0 } }

    func change<Answer: Sendable>(_ body: (inout Value) -> Answer) -> Answer { state.withLock { body(&$0) } }
}
