// Asks the KMS for the stepped-up token, as the 2FA peer itself: the topology grants that call to no other.

package import Bus
package import Contracts

package struct BusTokenIssuer: TokenIssuer {
    static let operation = "kms.tokens.stepup"

    private struct Request: Codable { let username: String, amr: [String] }

    private struct Reply: Codable {
        let access_token: String, token_type: String, expires_in: Int
    }

    private let node: Node

    package init(node: Node) { self.node = node }

    package func token(_ request: TokenRequest) async throws -> TwoFactorOperations.Verified {
        let payload = try PayloadCoding.encode(Request(username: request.username, amr: request.amr))
        let reply = try PayloadCoding.decode(Reply.self, from: try await node.call(Self.operation, payload: payload))
        return TwoFactorOperations.Verified(
            accessToken: reply.access_token,
            tokenType: reply.token_type,
            expiresIn: reply.expires_in
        )
    }
}
