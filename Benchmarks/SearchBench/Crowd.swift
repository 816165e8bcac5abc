// Searches and writes at a rate over HTTP, for a time, while somebody builds another index beside the one that is shown: no answer may fail, or
// be of a part of an index.
//
//     anchors    documents that stay, each with one of their words: a search for a word finds all that have it, however they are moved
//     later      documents that come one by one: whoever has found some finds no fewer afterwards

import Bus
import Ecosystem
import Foundation
import HTTPClient
import Synchronization

struct Crowd: Sendable {
    private final class Record: Sendable {
        struct Told {
            var writes = 0
            var wrong: [String] = []
            /// Of each search.
            var taken: [Duration] = []
        }

        private let told = Mutex(Told())

        var all: Told { told.withLock(\.self) }

        func searched(_ taken: Duration, wrong: String?) {
            told.withLock { told in
                told.taken.append(taken)
                if let wrong { told.wrong.append(wrong) }
            }
        }

        func wrote(_ status: Int) {
            told.withLock { told in
                told.writes += 1
                if !(200...201).contains(status) { told.wrong.append("write \(status)") }
            }
        }
    }

    /// A word's documents.
    private static let each = 20
    private static let searchers = 32
    private let client: EdgeClient
    /// Documents that stay.
    private let count: Int

    init(origin: String, token: String, count: Int) {
        client = EdgeClient(origin: origin, token: token, http: HTTPClient())
        self.count = count
    }

    /// Creates those that stay; returns once all are found.
    func fill() async throws {
        for start in stride(from: 1, through: count, by: 1_000) {
            let changes = (start...min(count, start + 999)).map { id -> JSONValue in
                ["create": ["elementType": "script", "elementId": .integer(id), "comment": .string(Self.comment(id))]]
            }
            let made = try await client.post("/service_a/sequence/batch", ["changes": .array(changes), "atomic": .bool(true)])
            guard made.status == 200 else { throw problem("a batch", made) }
        }
        let last = JSONValue.string(Self.word(of: count))
        while try await client.post("/typesense_client/search", ["q": last, "query_by": "comment"])["found"].integer == 0 {
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// `rate` searches a second, of all together, and an eighth as many writes.
    func measure(rate: Int, seconds: Int) async throws -> [String: Double] {
        let record = Record()
        let (began, end) = (ContinuousClock.now, ContinuousClock.now + .seconds(seconds))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<Self.searchers {
                let pause = Duration.seconds(1) * Self.searchers / rate
                let start = began + pause * number / Self.searchers
                group.addTask { try await search(number, Pace(start, pause, end), record) }
            }
            for number in 0..<2 {
                let pace = Pace(began, .seconds(1) * 16 / rate, end)
                group.addTask { try await write(creating: number == 0, pace, record) }
            }
            try await group.waitForAll()
        }
        let told = record.all
        for line in told.wrong.prefix(10) { FileHandle.standardError.write(Data("\(line)\n".utf8)) }
        return quantiles(told.taken).merging([
            "perSecond": Double(told.taken.count) / Double(seconds), "writes": Double(told.writes),
            "wrong": Double(told.wrong.count),
        ]) { $1 }
    }

    /// When it is somebody's turn. Who is late goes on at once, and is not late for ever.
    private struct Pace {
        private(set) var due: ContinuousClock.Instant
        private let pause: Duration
        private let end: ContinuousClock.Instant

        init(_ start: ContinuousClock.Instant, _ pause: Duration, _ end: ContinuousClock.Instant) {
            (due, self.pause, self.end) = (start, pause, end)
        }

        /// When it was due; `nil` at the end.
        mutating func next() async throws -> ContinuousClock.Instant? {
            guard due < end else { return nil }
            let now = due
            try await ContinuousClock().sleep(until: now)
            due = max(now + pause, .now)
            return now
        }
    }

    private func search(_ number: Int, _ pace: Pace, _ record: Record) async throws {
        var (pace, turn, most) = (pace, number, 0)
        while let due = try await pace.next() {
            let wrong = try await search(turn, &most)
            record.searched(due.duration(to: .now), wrong: wrong)
            turn += 31
        }
    }

    private func write(creating: Bool, _ pace: Pace, _ record: Record) async throws {
        var (pace, turn) = (pace, 0)
        while try await pace.next() != nil {
            let answer = try await creating ? create(turn) : move(turn)
            record.wrote(answer.status)
            turn += 1
        }
    }

    /// What is wrong with the answer to one search, if something is.
    private func search(_ turn: Int, _ most: inout Int) async throws -> String? {
        guard turn.isMultiple(of: 2) else {
            let answer = try await ask("later")
            let found = answer["found"].integer ?? -1
            defer { most = max(most, found) }
            return answer.status == 200 && found >= most ? nil : "\(answer.status), \(found) of \(most)"
        }
        let answer = try await ask(Self.word(of: turn % count + 1))
        let isWhole = answer["found"].integer == Self.each && answer["hits"].items.count == 10
        return answer.status == 200 && isWhole ? nil : "\(answer.status) \(answer.text.prefix(100))"
    }

    private func ask(_ word: String) async throws -> EdgeClient.Answer {
        try await client.post(
            "/typesense_client/search",
            ["q": .string(word), "query_by": "comment", "prefix": .bool(false), "per_page": 10]
        )
    }

    private func create(_ turn: Int) async throws -> EdgeClient.Answer {
        try await client.post(
            "/service_a/sequence",
            ["elementType": "action", "elementId": .integer(turn + 1), "comment": "later than all"]
        )
    }

    private func move(_ turn: Int) async throws -> EdgeClient.Answer {
        let element = JSONValue.integer(turn % count + 1)
        return try await client.post("/service_a/sequence/move", ["elementType": "script", "elementId": element, "to": 1])
    }

    private static func word(of id: Int) -> String { "anchor\((id - 1) / each)" }
    private static func comment(_ id: Int) -> String { "\(word(of: id)) for remembrance" }

    private func problem(_ what: String, _ answer: EdgeClient.Answer) -> SearchBench.Problem {
        SearchBench.Problem(description: "\(what) was answered \(answer.status) \(answer.text.prefix(200))")
    }
}
