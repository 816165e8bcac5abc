// Asks the KMS for the stepped-up token, as the 2FA peer itself: the topology grants that call to no other.

package import Bus
package import Contracts

package struct BusTokenIssuer: TokenIssuer {
    private let node: Node

    package init(node: Node) { self.node = node }

    package func token(_ request: TokenRequest) async throws -> TwoFactorOperations.Verified {
        guard let username = KMS.Username(request.username) else {
            throw Failure(.invalidRequest, "The KMS has no user of such a name.")
        }
        let wanted = KMS.StepUpRequest(username: username, tokenID: request.tokenID, amr: request.amr)
        let token = try await node.call(KMS.stepUp, wanted)
        return TwoFactorOperations.Verified(
            accessToken: token.accessToken,
            tokenType: token.tokenType,
            expiresIn: token.expiresIn
        )
    }
}
