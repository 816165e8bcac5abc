// Scenario 2: an element is created, its change goes over the bus, and the search finds it.

import Bus

extension Scenarios {
    func sequenceAndSearch(_ client: EdgeClient) async throws {
        say("2. Service A sequence and search")
        let line = "Whether 'tis nobler in the mind to suffer"
        let created = try await step("create an element", expecting: 201) {
            try await client.post(
                "/service_a/sequence",
                ["elementType": "spokenWord", "elementId": 1, "comment": .string(line)]
            )
        }
        try expect("it has the next number of its type: 1", created["sequenceNumber"].integer == 1)
        let hit = try await found("nobler in the mind", client)
        try expect("the search finds it: \"\(hit["comment"].string ?? "")\"", hit["id"].string == "spokenWord_1")
        _ = try await step("add a version", expecting: 201) {
            try await client.post(
                "/service_a/sequence/version",
                [
                    "elementType": "spokenWord", "elementId": 1, "newVersionData": ["take": 2],
                    "comment": "The slings and arrows",
                ]
            )
        }
        let changed = try await found("slings arrows", client)
        try expect("the search finds the new version", changed["version_number"].integer == 2)
    }

    /// The index follows within milliseconds; so the search is asked until it finds, for ten seconds at most, which a machine that has much else to do may need.
    private func found(_ words: String, _ client: EdgeClient) async throws -> JSONValue {
        let end = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < end {
            let answer = try await client.post(
                "/typesense_client/search",
                ["q": .string(words), "query_by": "comment"]
            )
            if answer.status == 200, (answer["found"].integer ?? 0) > 0 { return answer["hits"][0] }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw ScenarioFailure("the search did not find \"\(words)\" within ten seconds")
    }
}
