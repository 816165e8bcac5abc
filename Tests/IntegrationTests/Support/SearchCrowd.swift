// Searches at a rate, and writes beside them: what no answer may be while an index is built beside the one that is shown.
//
//     anchors    so many documents that stay: each search finds all of them, however they are moved and written again
//     later      documents that come one by one: whoever has found some finds no fewer afterwards

import Bus
import Ecosystem
import Synchronization

final class SearchCrowd: Sendable {
    struct Told: Sendable {
        var searches = 0
        var writes = 0
        /// Answers that should not have been.
        var wrong: [String] = []
    }

    private static let searchers = 16
    private let user: EdgeClient
    private let pause: Duration
    private let anchors: Int
    private let told = Mutex(Told())
    private let isOver = Atomic(false)

    /// `rate`: searches a second, of all together; an eighth as many writes.
    init(_ user: EdgeClient, rate: Int, anchors: Int) {
        (self.user, self.anchors) = (user, anchors)
        pause = .seconds(1) * Self.searchers / rate
    }

    var searches: Int { told.withLock(\.searches) }

    /// Searches and writes for as long as `body` takes.
    func run(_ body: @Sendable () async throws -> Void) async throws -> Told {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<Self.searchers { group.addTask { try await self.search(number) } }
            for number in 0..<2 { group.addTask { try await self.write(number) } }
            let result = await caught(body)
            isOver.store(true, ordering: .relaxed)
            try await group.waitForAll()
            try result.get()
        }
        return told.withLock(\.self)
    }

    private func search(_ number: Int) async throws {
        var (next, most) = (ContinuousClock.now + pause * number / Self.searchers, 0)
        while !isOver.load(ordering: .relaxed) {
            // Who is late is not late for ever.
            next = max(next + pause, .now - pause)
            try await ContinuousClock().sleep(until: next)
            let anchored = try await ask("anchor")
            judge(anchored, anchored["found"].integer == anchors && anchored["hits"].items.count == 10, "of \(anchors)")
            let later = try await ask("later")
            let found = later["found"].integer ?? -1
            judge(later, found >= most && later["hits"].items.count == min(10, found), "after \(most)")
            most = max(most, found)
        }
    }

    private func ask(_ word: String) async throws -> EdgeClient.Answer {
        let question: JSONValue = [
            "q": .string(word), "query_by": "comment", "filter_by": "element_type:=script", "per_page": 10,
        ]
        return try await user.post("/typesense_client/search", question)
    }

    /// `expected` is told where it is wrong.
    private func judge(_ answer: EdgeClient.Answer, _ isWhole: Bool, _ expected: String) {
        let isRight = answer.status == 200 && isWhole && answer["changes_behind"] == .null
        told.withLock { told in
            told.searches += 1
            if !isRight {
                told.wrong.append(
                    "\(answer.status) \(expected): \(answer["hits"].items.count) hits, \(answer.text.prefix(200))"
                )
            }
        }
    }

    /// Half of them create, the others write and move what is there.
    private func write(_ number: Int) async throws {
        var next = ContinuousClock.now
        for turn in 1... {
            guard !isOver.load(ordering: .relaxed) else { return }
            next = max(next + pause, .now - pause)
            try await ContinuousClock().sleep(until: next)
            let answer = try await number == 0 ? create(anchors + turn) : change(turn % anchors + 1, turn)
            told.withLock { told in
                told.writes += 1
                if !(200...201).contains(answer.status) { told.wrong.append("write: \(answer.status) \(answer.text)") }
            }
        }
    }

    private func create(_ id: Int) async throws -> EdgeClient.Answer {
        try await user.post(
            "/service_a/sequence",
            ["elementType": "script", "elementId": .integer(id), "comment": .string("later \(id)")]
        )
    }

    private func change(_ id: Int, _ turn: Int) async throws -> EdgeClient.Answer {
        let element: [String: JSONValue] = ["elementType": "script", "elementId": .integer(id)]
        guard turn.isMultiple(of: 2) else {
            return try await user.post("/service_a/sequence/move", .object(element.merging(["to": 1]) { $1 }))
        }
        let version: [String: JSONValue] = [
            "newVersionData": ["turn": .integer(turn)], "comment": .string("anchor once more \(turn)"),
        ]
        return try await user.post("/service_a/sequence/version", .object(element.merging(version) { $1 }))
    }
}

private func caught(_ body: () async throws -> Void) async -> Result<Void, any Error> {
    do { return .success(try await body()) } catch { return .failure(error) }
}
