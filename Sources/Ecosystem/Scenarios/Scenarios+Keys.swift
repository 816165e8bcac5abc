// Scenario 3: an admin rotates an API key; the old one stops working, the new one works.

import Bus

extension Scenarios {
    func apiKeyRotation(_ admin: EdgeClient) async throws {
        say("3. API key rotation")
        let made = try await step("create an API key for \"reporting\"", expecting: 201) {
            try await admin.post("/kms/keys", ["service_name": "reporting"])
        }
        let old = client(with: made["api_key"].string)
        _ = try await step("list elements with the key", expecting: 200) { try await old.get(Self.list) }
        let rotated = try await step("rotate the key", expecting: 200) {
            try await admin.post("/kms/keys/reporting/rotate")
        }
        let new = client(with: rotated["api_key"].string)
        _ = try await step("the old key: refused", expecting: 401) { try await old.get(Self.list) }
        _ = try await step("the new key: good", expecting: 200) { try await new.get(Self.list) }
        _ = try await step("revoke it", expecting: 204) { try await admin.delete("/kms/keys/reporting") }
        _ = try await step("the revoked key: refused", expecting: 401) { try await new.get(Self.list) }
    }

    private static let list = "/service_a/sequence?elementType=spokenWord"

    private func client(with key: String?) -> EdgeClient {
        var client = edge
        client.apiKey = key
        return client
    }
}
