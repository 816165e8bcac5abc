// The composition of docker-compose.yml without containers: the same commands, the same topology, the same real Typesense.

import Bus
import Ecosystem
import EcosystemTesting
import Testing

@Suite(.tags(.endToEnd), .witnessed, .timeLimit(.minutes(3))) struct ComposeTests {
    @Test func `five processes over tcp with keys do the main job, outlive the death of one, and end with 0`()
        async throws
    {
        let ecosystem = try await ComposedEcosystem()
        let proven = try await ecosystem.run(["doctor"], on: "gateway")
        #expect(
            proven.code == 0 && proven.lines.contains { $0.contains("kms calls : refuses who comes in the clear") },
            "\(proven)"
        )
        let admin = try await registerFirstAdmin(ecosystem)
        try await createAndFind(1, "nobler in the mind", admin)
        try await loseAndRegain("service_a", ecosystem) {
            try await admin.get("/service_a/sequence?elementType=script")
        }
        try await loseAndRegain("typesense_client", ecosystem) {
            try await admin.post("/typesense_client/search", ["q": "*", "query_by": "comment"])
        }
        try await createAndFind(2, "slings and arrows", admin)
        #expect(try await admin.elements(of: "script").map(\.number) == [1, 2])
        for service in ComposedEcosystem.services.reversed() {
            #expect(await ecosystem.end(service, by: .terminate) == 0, "\(service)")
        }
    }

    /// In production nobody becomes admin by coming first: a token made on the KMS's host is needed, and good once.
    private func registerFirstAdmin(_ ecosystem: ComposedEcosystem) async throws -> EdgeClient {
        var account: [String: JSONValue] = ["username": "ada", "password": "correct horse battery", "roles": "admin"]
        #expect(try await ecosystem.edge.post("/kms/register", .object(account)).status == 403)
        let made = try await ecosystem.run(["admin", "bootstrap"], on: "kms")
        #expect(made.code == 0, "\(made)")
        account["admin_token"] = .string(made.output)
        try (try await ecosystem.edge.post("/kms/register", .object(account))).require(201)
        account["username"] = "eve"
        #expect(try await ecosystem.edge.post("/kms/register", .object(account)).status == 403)
        return try await ecosystem.edge.loggedIn(as: "ada")
    }

    private func createAndFind(_ number: Int, _ words: String, _ client: EdgeClient) async throws {
        let element: JSONValue = [
            "elementType": "script", "elementId": .integer(number), "comment": .string(words),
        ]
        var created = try await client.post("/service_a/sequence", element)
        // Who has asked again and again whether somebody is back has used up his allowance.
        while created.status == 429 {
            try Task.checkCancellation()
            created = try await client.post("/service_a/sequence", element)
        }
        try created.require(201)
        #expect(created["sequenceNumber"].integer == number)
        try await client.untilSearch(for: words, finds: 1)
    }

    /// While it is gone, the gateway says 503; when it is back, the gateway finds it without being told.
    private func loseAndRegain(
        _ service: String,
        _ ecosystem: ComposedEcosystem,
        _ request: () async throws -> EdgeClient.Answer
    ) async throws {
        #expect(try await request().status == 200)
        #expect(await ecosystem.end(service, by: .kill) == 128 + 9)
        let refused = try await request()
        #expect(refused.status == 503)
        #expect(refused.header("Content-Type") == "application/problem+json")
        try await ecosystem.start(service)
        while try await request().status != 200 {
            try Task.checkCancellation()
            await Task.yield()
        }
    }
}
