// Two Typesense Clients before one real Typesense: each keeps a collection of its own there, so that either may go.

import Bus
import DatabaseServer
import Ecosystem
import EcosystemTesting
import Foundation
import HTTPClient
import Processes
import Testing

@Suite(.tags(.endToEnd), .witnessed, .timeLimit(.minutes(3))) struct SearchReplicasTests {
    private static func run(_ body: @Sendable @escaping (TestEcosystem, RunningTypesense) async throws -> Void)
        async throws
    {
        let (server, directory, ports) = (try DatabaseServer(), try TemporaryDirectory(), try FreePorts.take(2))
        let typesense = try await RunningTypesense(in: directory, ports: (ports[0], ports[1]))
        defer { withExtendedLifetime((server, directory)) {} }
        let twice = TestTopology.inProcess.replacing(
            "typesense_client: {port: 0}",
            with: "typesense_client: {port: 0, replicas: [{}, {}]}"
        )
        let yaml =
            twice + """

                search: {engine: typesense, url: "\(typesense.url)", api_key_file: \(typesense.keyFile), max_wait: 8s}
                \(server.stores)
                """
        try await TestEcosystem.run(yaml: yaml) { try await body($0, typesense) }
    }

    private static func create(_ ids: ClosedRange<Int>, by user: EdgeClient) async throws -> String {
        var offset = ""
        for id in ids {
            let element: JSONValue = ["elementType": "script", "elementId": .integer(id), "comment": "kept"]
            let made = try await user.post("/service_a/sequence", element)
            try made.require(201)
            offset = try #require(made.headers.first { $0.name.lowercased() == "fountain-offset" }?.value)
        }
        return offset
    }

    /// What a search finds that waits for a position, whichever replica it comes to.
    private static func found(after offset: String, by user: EdgeClient) async throws -> (status: Int, found: Int?) {
        let answer = try await user.post(
            "/typesense_client/search",
            ["q": "kept", "query_by": "comment"],
            headers: [("Fountain-Offset", offset)]
        )
        return (answer.status, answer["found"].integer)
    }

    private static func collections(_ typesense: RunningTypesense) async throws -> Set<String> {
        let answer = try await HTTPClient().send(
            OutboundRequest(
                .get,
                typesense.url + "/collections",
                headers: [("X-TYPESENSE-API-KEY", "key-of-the-tests")]
            )
        )
        let list = try JSONDecoder().decode([[String: JSONValue]].self, from: Data(answer.body))
        return Set(list.compactMap { $0["name"]?.string })
    }

    @Test func `either replica finds all, also when the other is killed and when it has come back`() async throws {
        try await Self.run { ecosystem, typesense in
            let user = try await ecosystem.loggedIn()
            var offset = try await Self.create(1...10, by: user)
            for _ in 1...10 { #expect(try await Self.found(after: offset, by: user) == (200, 10)) }
            #expect(try await Self.collections(typesense) == ["test_elements", "test_elements.2"])
            for replica in [1, 2] {
                try await ecosystem.kill("typesense_client", replica: replica)
                offset = try await Self.create(replica * 100...replica * 100 + 4, by: user)
                // Until the gateway has noticed, it may say so; then the other one answers.
                var statuses: [Int] = []
                repeat {
                    statuses.append(try await Self.found(after: offset, by: user).status)
                } while statuses.last != 200
                #expect(Set(statuses).isSubset(of: [200, 503, 504]), "\(statuses)")
                for _ in 1...10 { #expect(try await Self.found(after: offset, by: user) == (200, 10 + 5 * replica)) }
                try await ecosystem.restart("typesense_client", replica: replica)
            }
            for _ in 1...10 { #expect(try await Self.found(after: offset, by: user) == (200, 20)) }
        }
    }

    @Test func `what one replica alone would show is refused by name`() async throws {
        try await Self.run { ecosystem, _ in
            let user = try await ecosystem.loggedIn(roles: "admin")
            let document: JSONValue = [
                "id": "script_1", "element_type": "script", "element_id": 1, "sequence_number": 1, "comment": "by hand",
                "version_number": 1, "service_name": "service_a",
            ]
            let refusals = [
                try await user.post("/typesense_client/documents/sync", ["documents": .array([document])]),
                try await user.post(
                    "/typesense_client/collections",
                    ["name": "books", "fields": .array([["name": "title", "type": "string"]])]
                ),
            ]
            for refusal in refusals {
                #expect(
                    refusal.status == 409 && refusal.text.contains("2 replicas of the Typesense Client"),
                    "\(refusal.text)"
                )
            }
        }
    }
}
