// A run to be checked: a crowd writes, repeats, searches and shows a key while events are lost, a service dies and the key is deleted.

import Bus
import Contracts
import Ecosystem
import EcosystemTesting
import Histories

/// What is known of a run when it is over and at rest. Values, so that a test can falsify one and see which check says so.
struct Story: Sendable {
    /// Creates of scripts, each sent once; the subject is the element's key, the answer its number.
    var creates: [Call<UInt64>] = []
    /// Creates of actions, each sent twice at once under one key.
    var repeats: [Call<UInt64>] = []
    /// Requests with an API key, and its end.
    var uses: [Call<UInt64>] = []
    var revocations: [Call<UInt64>] = []
    /// What stands in the order at rest: keys with their numbers, by type.
    var scripts: [String: UInt64] = [:]
    var actions: [String: UInt64] = [:]
    /// Events as one subscriber had them, from the first on: offsets, and the keys that they were of.
    var offsets: [UInt64] = []
    var told: [String] = []
    /// What the index holds, by key.
    var index: [String: String] = [:]
    /// Entries of the audit log on keys.
    var audit: [String] = []
    var healed: UInt64 = 0

    /// Every check by its name.
    var verdicts: [String: Verdict] {
        let all = scripts.merging(actions) { one, _ in one }
        let effects = actions.keys.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
        return [
            "counter": CounterCheck.verdict(creates),
            "presence": PresenceCheck.verdict(creates, found: Array(scripts.keys)),
            "numbers": PresenceCheck.verdict(numbers: Array(scripts.values)),
            "repeats": RepeatCheck.verdict(repeats, effects: effects),
            "delivery": DeliveryCheck.verdict(offsets: offsets, head: UInt64(all.count)),
            "outbox": DeliveryCheck.verdict(rows: Array(all.keys), events: told),
            "index": IndexCheck.verdict(source: all.mapValues { "\($0)" }, index: index, atLeast: 100),
            "revocation": RevocationCheck.verdict(uses: uses, revocations: revocations),
            "audit": AuditCheck.verdict(acts: revocations, entries: audit),
            "progress": ProgressCheck.verdict(
                creates,
                operations: ["create"],
                healed: healed,
                bound: 20_000_000_000
            ),
        ]
    }
}

/// Plays the story once.
struct Storyteller: Sendable {
    let ecosystem: TestEcosystem
    let root: EdgeClient
    let user: EdgeClient
    private let creates = Recorder<UInt64>()
    let sometimes = Sometimes([
        "a create is answered": 100, "a create is not answered": 1, "an event is lost": 1, "the key lets in": 20,
        "the key keeps out": 20,
    ])

    init(_ ecosystem: TestEcosystem) async throws {
        self.ecosystem = ecosystem
        root = try await ecosystem.loggedIn(as: "root", roles: "admin")
        user = try await ecosystem.loggedIn()
    }

    func play() async throws -> Story {
        var story = Story()
        // Live from the first event on, over the wire that loses.
        let subscription = try await ecosystem.bus.subscribe(SequenceOperations.changed, from: .offset(1))
        async let key = showKey()
        async let repeats = repeatCreates(24)
        async let healed = killAndRestart()
        try await crowd(writers: 8, each: 30)
        story.healed = try await healed
        try await write("script", 9_000, creates)
        (story.creates, story.repeats) = (creates.calls, try await repeats)
        (story.uses, story.revocations) = try await key
        try await rest(&story, subscription)
        note(story)
        return story
    }

    private func crowd(writers: Int, each count: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 1...writers {
                group.addTask { for turn in 1...count { try await write("script", writer * 100 + turn, creates) } }
            }
            try await group.waitForAll()
        }
    }

    private func write(_ type: String, _ id: Int, _ recorder: Recorder<UInt64>) async throws {
        let body: JSONValue = [
            "elementType": .string(type), "elementId": .integer(id), "comment": .string("line \(id) of the play"),
        ]
        let headers = [("Idempotency-Key", "\(type)-\(id)")]
        try await recorder.request("create", of: "\(type)_\(id)", { UInt64($0["sequenceNumber"].integer ?? 0) }) {
            try await user.post("/service_a/sequence", body, headers: headers)
        }
    }

    private func repeatCreates(_ count: Int) async throws -> [Call<UInt64>] {
        let recorder = Recorder<UInt64>()
        for id in 1...count {
            async let first: Void = write("action", id, recorder)
            async let second: Void = write("action", id, recorder)
            _ = try await (first, second)
        }
        return recorder.calls
    }

    /// In the middle of the crowd.
    private func killAndRestart() async throws -> UInt64 {
        while creates.calls.count < 80 { try await nextCall() }
        try await ecosystem.kill("service_a")
        let dead = creates.calls.count
        while creates.calls.count < dead + 4 { try await nextCall() }
        try await ecosystem.restart("service_a")
        return creates.now
    }

    private func nextCall() async throws {
        try Task.checkCancellation()
        await Task.yield()
    }

    private func showKey() async throws -> (uses: [Call<UInt64>], revocations: [Call<UInt64>]) {
        let made = try await root.post("/kms/keys", ["service_name": "job"])
        try made.require(201)
        var holder = ecosystem.edge
        holder.apiKey = made["api_key"].string
        let uses = Recorder<UInt64>()
        for turn in 1...120 {
            // One clock for both.
            if turn == 60 { try await delete(uses) }
            let client = holder
            try await uses.request("use", of: "job", { UInt64($0.status) }) {
                try await client.get("/typesense_client/collections")
            }
        }
        return (uses.calls.filter { $0.operation == "use" }, uses.calls.filter { $0.operation == "kms.keys.delete" })
    }

    private func delete(_ clock: Recorder<UInt64>) async throws {
        try await clock.request("kms.keys.delete", of: "job", { UInt64($0.status) }) {
            try await root.delete("/kms/keys/job")
        }
    }

    private func rest(_ story: inout Story, _ subscription: Subscription) async throws {
        story.scripts = try await numbers("script")
        story.actions = try await numbers("action")
        let count = story.scripts.count + story.actions.count
        while story.offsets.count < count, let events = try await subscription.next() {
            story.offsets += events.map(\.offset)
            story.told += try events.compactMap { try $0.decode(SequenceOperations.changed).element?.key }
        }
        await subscription.close()
        try await user.untilSearch(for: "line", finds: count)
        story.index = try await indexed(count)
        story.audit = try await root.get("/kms/audit?operation=kms.keys.delete")["entries"].items.map {
            "\($0["operation"].string ?? "") \($0["subject"].string ?? "")"
        }
    }

    private func numbers(_ type: String) async throws -> [String: UInt64] {
        let pairs = try await user.elements(of: type).map { ($0.key, UInt64($0.number)) }
        return Dictionary(pairs) { one, _ in one }
    }

    private func indexed(_ count: Int) async throws -> [String: String] {
        var index: [String: String] = [:]
        for page in 1...(count / 100 + 1) {
            let query: JSONValue = ["q": "line", "query_by": "comment", "per_page": 100, "page": .integer(page)]
            for hit in try await user.post("/typesense_client/search", query)["hits"].items {
                index[hit["id"].string ?? ""] = "\(hit["sequence_number"].integer ?? 0)"
            }
        }
        return index
    }

    private func note(_ story: Story) {
        sometimes.happened("a create is answered", story.creates.count { $0.outcome.answer != nil })
        sometimes.happened("a create is not answered", story.creates.count { $0.outcome.answer == nil })
        sometimes.happened("the key lets in", story.uses.count { $0.outcome.answer != nil })
        sometimes.happened("the key keeps out", story.uses.count { $0.outcome == .refused("unauthenticated") })
    }
}
