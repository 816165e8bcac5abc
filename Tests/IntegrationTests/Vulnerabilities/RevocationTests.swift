// What is revoked is refused by every gateway from the moment the revocation is answered: under load, with two gateways.
//
// Elsewhere a verifier's cache has let disabled keys in for up to a minute (unkey 2587, Tyk 2293). Here a gateway holds verdicts under a lease, and
// the KMS answers a revocation when each gateway has forgotten (ADR 0016). What is cut off, killed or restarted meanwhile: `LeaseTests`.

import Bus
import Contracts
import Ecosystem
import EcosystemTesting
import Testing

extension Vulnerabilities {
    @Suite struct Revocations {
        enum Way: String, CaseIterable, CustomTestStringConvertible {
            case rotatedKey, deletedKey, logout, revokedToken, revokedUser, disabledUser, deletedUser, newRoles,
                logoutFromElsewhere

            var testDescription: String { rawValue }
        }

        @Test(arguments: Way.allCases)
        func `once it is answered no gateway lets the old one in`(way: Way) async throws {
            try await TestEcosystem.run { ecosystem in
                try await ecosystem.withSecondGateway { second in
                    let caller = Caller(ecosystem: ecosystem, transport: .http)
                    let root = try await Victim("root", roles: "admin", at: caller)
                    let ada = try await Victim(at: caller)
                    let (old, revoke) = try await prepare(way, root, ada)
                    let clients = [ecosystem.edge, second].flatMap { edge in
                        var client = edge
                        (client.token, client.apiKey) = (old.token, old.apiKey)
                        return Array(repeating: client, count: 4)
                    }
                    let (before, after) = try await Hammer(clients).run(25, revoke)
                    #expect(before.count { $0.status == 200 } >= 200)
                    #expect(after.count { $0.status == 200 } == 0, "of \(after.count)")
                    #expect(after.count { $0.status == 401 } >= 200, "refused, and by nothing else than being revoked")
                }
            }
        }

        private func prepare(
            _ way: Way,
            _ root: Victim,
            _ ada: Victim
        ) async throws -> (old: (token: String?, apiKey: String?), revoke: @Sendable () async throws -> Void) {
            let made = try await root.caller.call(KMS.createKey, ["service_name": "job"])
            let key = try #require(made["api_key"].string, "\(made)")
            let token = try #require(ada.caller.token)
            let jti = try JSONValue(claimsOf: token)["jti"]
            let refresh: JSONValue = ["refresh_token": .string(ada.refreshToken)]
            let named: JSONValue = ["username": "ada"]
            let job: JSONValue = ["service_name": "job"]
            switch way {
            case .rotatedKey: return ((nil, key), { try await root.caller.call(KMS.rotateKey, job).requireOK() })
            case .deletedKey: return ((nil, key), { try await root.caller.call(KMS.deleteKey, job).requireOK() })
            case .logout: return ((token, nil), { try await ada.caller.call(KMS.logout).requireOK() })
            case .revokedToken:
                return ((token, nil), { try await root.caller.call(KMS.revokeTokens, ["jti": jti]).requireOK() })
            case .revokedUser:
                return ((token, nil), { try await root.caller.call(KMS.revokeTokens, named).requireOK() })
            case .disabledUser:
                return ((token, nil), { try await root.caller.call(KMS.disableUser, named).requireOK() })
            case .deletedUser:
                return ((token, nil), { try await root.caller.call(KMS.deleteUser, named).requireOK() })
            case .newRoles:
                let roles: JSONValue = ["username": "ada", "roles": "auditor"]
                return ((token, nil), { try await root.caller.call(KMS.setRoles, roles).requireOK() })
            case .logoutFromElsewhere:
                let other = try await Victim.login("ada", at: ada.caller).caller
                return ((token, nil), { try await other.call(KMS.logout, refresh).requireOK() })
            }
        }
    }
}
