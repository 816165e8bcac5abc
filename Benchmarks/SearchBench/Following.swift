// From a create to its being found, over HTTP, while creates come at a rate: an open loop, so that who is late is counted as late.

import Bus
import Ecosystem
import HTTPClient

struct Following: Sendable {
    private struct Seen: Sendable {
        let created: Duration
        let found: Duration
    }

    /// Their answers do not count.
    private static let warmUp = 100
    private let client: EdgeClient

    init(origin: String, token: String) { client = EdgeClient(origin: origin, token: token, http: HTTPClient()) }

    /// `created`: until the create was answered; `found`: from there until a search that waits for it was answered with it.
    func measure(rate: Int, seconds: Int, first: Int) async throws -> [String: Double] {
        let clock = ContinuousClock()
        let (began, count) = (clock.now, rate * seconds + Self.warmUp)
        let seen = try await withThrowingTaskGroup(of: (Int, Seen).self) { group in
            for number in 0..<count {
                let due = began + .seconds(1) * number / rate
                try await clock.sleep(until: due)
                group.addTask { (number, try await follow(first + number, due: due)) }
            }
            return try await group.reduce(into: [Seen]()) { all, one in
                if one.0 >= Self.warmUp { all.append(one.1) }
            }
        }
        let rest = ["perSecond": Double(count) / (began.duration(to: clock.now) / .seconds(1))]
        return quantiles(seen.map(\.created), "created-").merging(quantiles(seen.map(\.found), "found-")) { $1 }
            .merging(rest) { $1 }
    }

    private func follow(_ id: Int, due: ContinuousClock.Instant) async throws -> Seen {
        let word = "word\(id)"
        let made = try await client.post(
            "/service_a/sequence",
            ["elementType": "action", "elementId": .integer(id), "comment": .string("\(word) for remembrance")]
        )
        let answered = ContinuousClock.now
        guard made.status == 201, let offset = made.header("Fountain-Offset") else {
            throw SearchBench.Problem(description: "a create was answered \(made.status)")
        }
        let answer = try await client.post(
            "/typesense_client/search",
            ["q": .string(word), "query_by": "comment", "prefix": .bool(false)],
            headers: [("Fountain-Offset", offset)]
        )
        guard answer["found"].integer == 1 else {
            throw SearchBench.Problem(description: "what was created is not found: \(answer.status) \(answer.text)")
        }
        return Seen(created: due.duration(to: answered), found: answered.duration(to: .now))
    }
}
