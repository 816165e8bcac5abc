// Asks the KMS for the stepped-up token, as the 2FA peer itself: the topology grants that call to no other.

package import Bus
package import Contracts

package struct BusTokenIssuer: TokenIssuer {
    private struct Request: Codable, Sendable {
        let username: String
        let tokenID: String
        let amr: [String]

        enum CodingKeys: String, CodingKey {
            case username, amr
            case tokenID = "token_id"
        }
    }

    private struct Reply: Codable, Sendable {
        let accessToken: String
        let tokenType: String
        let expiresIn: Int

        enum CodingKeys: String, CodingKey {
            case accessToken = "access_token"
            case tokenType = "token_type"
            case expiresIn = "expires_in"
        }
    }

    /// The part of the KMS's operation that this caller relies on.
    private static let stepUp = Operation<Request, Reply>("kms.tokens.stepup", "A stepped-up token", access: .peer)

    private let node: Node

    package init(node: Node) { self.node = node }

    package func token(_ request: TokenRequest) async throws -> TwoFactorOperations.Verified {
        let wanted = Request(username: request.username, tokenID: request.tokenID, amr: request.amr)
        let reply = try await node.call(Self.stepUp, wanted)
        return TwoFactorOperations.Verified(
            accessToken: reply.accessToken,
            tokenType: reply.tokenType,
            expiresIn: reply.expiresIn
        )
    }
}
