// Asks the KMS for the stepped-up token, and for the end of sessions, as the 2FA peer itself: the topology grants these calls to no other.

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
        return Self.verified(token)
    }

    package func endSessions(of username: String, except kept: String?) async throws {
        // Nobody of another name has a session.
        guard let username = KMS.Username(username) else { return }
        _ = try await node.call(KMS.endSessions, KMS.SessionsToEnd(username: username, except: kept))
    }

    private static func verified(_ token: KMS.SteppedUpToken) -> TwoFactorOperations.Verified {
        TwoFactorOperations.Verified(
            accessToken: token.accessToken,
            tokenType: token.tokenType,
            expiresIn: token.expiresIn
        )
    }
}
