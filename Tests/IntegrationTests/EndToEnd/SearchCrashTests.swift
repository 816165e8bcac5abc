// The index under murder: the client, Typesense and Service A are killed in random order while elements come, change, move and go; in the
// end it is what its source says, document for document (issue 13).

import Bus
import Ecosystem
import EcosystemTesting
import Foundation
import HTTPClient
import Synchronization
import Testing

/// More by hand: `FOUNTAIN_KILLS=30`.
private let kills = ProcessInfo.processInfo.environment["FOUNTAIN_KILLS"].flatMap(Int.init) ?? 9

@Suite(.tags(.endToEnd), .witnessed, .timeLimit(.minutes(5 + kills / 5))) struct SearchCrashTests {
    @Test func `whoever is killed under writes, and in whatever order, the index ends as its source`() async throws {
        let seed = UInt64.random(in: 0...(.max))
        var random = SeededGenerator(seed: seed)
        let ecosystem = try await ComposedEcosystem()
        let client = try await ecosystem.firstAdmin()
        let isOver = Atomic(false)
        let writing = Task {
            var random = SeededGenerator(seed: ~seed)
            while !isOver.load(ordering: .relaxed) { await write(&random, client) }
        }
        for kill in 1...kills {
            let victim = ["service_a", "typesense_client", "typesense"][Int(random.next() % 3)]
            // Whether it is there to be told or not; who is killed meanwhile goes on with it.
            if kill.isMultiple(of: 3) { _ = try? await client.post("/typesense_client/documents/reindex", [:]) }
            try await ecosystem.killAndRestart(victim)
        }
        isOver.store(true, ordering: .relaxed)
        await writing.value
        try await expectSame(client, "seed \(seed)")
        let reindexed = try await ecosystem.run(["search", "reindex"], on: "gateway")
        #expect(reindexed.code == 0, "seed \(seed): \(reindexed)")
        try await expectSame(client, "seed \(seed)")
        let verified = try await ecosystem.run(["search", "verify", "--check"], on: "gateway")
        #expect(verified.code == 0, "seed \(seed): \(verified)")
    }

    /// One change; that it fails while somebody is dead is what this is about.
    private func write(_ random: inout SeededGenerator, _ client: EdgeClient) async {
        let id = Int(random.next() % 200) + 1
        let comment = JSONValue.string("line \(random.next() % 1000) of the play")
        switch random.next() % 6 {
        case 0...2:
            _ = try? await client.post(
                "/service_a/sequence",
                ["elementType": "script", "elementId": .integer(id), "comment": comment]
            )
        case 3:
            _ = try? await client.post(
                "/service_a/sequence/version",
                ["elementType": "script", "elementId": .integer(id), "newVersionData": ["a": 1], "comment": comment]
            )
        case 4:
            _ = try? await client.post(
                "/service_a/sequence/move",
                ["elementType": "script", "elementId": .integer(id), "to": 1]
            )
        default: _ = try? await client.send(.delete, "/service_a/sequence/script/\(id)")
        }
    }

    /// The index follows by itself, and only asking tells that it did: until it is the same, or time is over.
    private func expectSame(_ client: EdgeClient, _ seed: String) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        let wanted = try await elements(client, until: deadline)
        #expect(!wanted.isEmpty)
        var found = try await documents(client)
        while found != wanted, ContinuousClock.now < deadline {
            try Task.checkCancellation()
            found = try await documents(client)
        }
        #expect(found == wanted, "\(seed)")
    }

    /// Who was killed last is up again, and the gateway finds it within a moment; who asks all the time is told to wait.
    private func elements(_ client: EdgeClient, until deadline: ContinuousClock.Instant) async throws -> [String] {
        let path = "/service_a/sequence?elementType=script&limit=1000"
        var page = try await client.get(path)
        while [429, 503].contains(page.status), ContinuousClock.now < deadline {
            try Task.checkCancellation()
            page = try await client.get(path)
        }
        try page.require(200)
        return page["elements"].items.map { Self.line($0, "elementId", "sequenceNumber", "versionNumber") }.sorted()
    }

    private func documents(_ client: EdgeClient) async throws -> [String] {
        let answer = try await client.post(
            "/typesense_client/search",
            ["q": "*", "query_by": "comment", "max_hits": 250, "filter_by": "element_type:=script"]
        )
        guard answer.status == 200 else { return [] }
        return answer["hits"].items.map { Self.line($0, "element_id", "sequence_number", "version_number") }.sorted()
    }

    private static func line(_ value: JSONValue, _ id: String, _ number: String, _ version: String) -> String {
        let numbers = [id, number, version].map { "\(value[$0].integer ?? 0)" }.joined(separator: " ")
        return "\(numbers) \(value["comment"].string ?? "")"
    }
}
