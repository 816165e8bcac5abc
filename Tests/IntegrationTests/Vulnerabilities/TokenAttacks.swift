// Tokens that are forged, or good for something else. They are a matter of HTTP: on the bus there are principals, not tokens.

import Bus
import Contracts
import Ecosystem
import EcosystemTesting
import Foundation
import Secrets
import Testing

extension Vulnerabilities {
    @Suite struct Tokens {
        private func read(_ token: String, at caller: Caller) async throws -> Int {
            var client = caller.ecosystem.edge
            client.token = token
            return try await client.get("/service_a/sequence?elementType=script").status
        }

        private func encode(_ json: JSONValue) throws -> String {
            Base64URL.encode([UInt8](try JSONEncoder().encode(json)))
        }

        /// The claims of a good token under another header, "signed" as `sign` says.
        private func forged(
            _ good: String,
            _ header: [String: JSONValue],
            _ change: [String: JSONValue] = [:],
            sign: (String) -> [UInt8] = { _ in [] }
        ) throws -> String {
            let claims = try JSONValue(claimsOf: good).fields.merging(change) { $1 }
            let text = "\(try encode(.object(header))).\(try encode(.object(claims)))"
            return "\(text).\(Base64URL.encode(sign(text)))"
        }

        @Test func `a forged token is refused, whatever it claims to be signed with`() async throws {
            try await attack(over: .http) { caller in
                let ada = try await Victim(at: caller)
                let good = try #require(ada.caller.token)
                #expect(try await read(good, at: caller) == 200)
                let key = try await caller.call(KMS.jwks)["keys"][0]
                let (kid, x) = (key["kid"], try #require(Base64URL.decode(key["x"].string ?? "")))
                let hmac = { (text: String) in HMAC.authenticate(.sha256, key: x, message: Array(text.utf8)) }
                let jwk: JSONValue = ["kty": "OKP", "crv": "Ed25519", "x": key["x"]]
                let spelled: [UInt8] = Array("\(key["x"].string ?? "")".utf8)
                let admin: [String: JSONValue] = ["roles": .array(["admin", "user"]), "amr": .array(["pwd", "otp"])]
                var tokens: [String] = []
                for name in ["none", "None", "NONE", "nOnE", ""] as [JSONValue] {
                    tokens.append(try forged(good, ["alg": name, "typ": "JWT", "kid": kid], admin))
                }
                for secret in [x, spelled, []] {
                    tokens.append(
                        try forged(good, ["alg": "HS256", "typ": "JWT", "kid": kid], admin) { text in
                            HMAC.authenticate(.sha256, key: secret, message: Array(text.utf8))
                        }
                    )
                }
                for name in ["../../../dev/null", "/etc/passwd", "' OR 1=1 --", "", "\(kid.string ?? "")\0"] {
                    let header: [String: JSONValue] = ["alg": "EdDSA", "typ": "JWT", "kid": .string(name)]
                    tokens.append(try forged(good, header, admin, sign: hmac))
                }
                for (name, value) in ["jku": "http://127.0.0.1:1/", "x5u": "http://127.0.0.1:1/", "jwk": jwk] {
                    tokens.append(
                        try forged(good, ["alg": "EdDSA", "typ": "JWT", "kid": kid, name: value], admin, sign: hmac)
                    )
                }
                for token in tokens { #expect(try await read(token, at: caller) == 401, "\(token)") }
            }
        }

        @Test func `a token that another ecosystem has made is refused`() async throws {
            try await attack(over: .http) { caller in
                try await attack(over: .http) { other in
                    let stranger = try await Victim(at: other)
                    #expect(try await read(try #require(stranger.caller.token), at: other) == 200)
                    #expect(try await read(try #require(stranger.caller.token), at: caller) == 401)
                }
            }
        }

        /// The keys are right and the claims are not: the same data directory, so the same signing key, under another name.
        @Test(arguments: ["issuer: another, audience: fountain", "issuer: fountain, audience: another"])
        func `a token of another issuer or for another audience is refused`(names: String) async throws {
            let directory = FileManager.default.temporaryDirectory.appending(path: "fai-\(UUID().uuidString.prefix(8))")
            defer { try? FileManager.default.removeItem(at: directory) }
            let yaml = TestTopology.inProcess.replacing(
                "first_admin: open",
                with: "first_admin: open\n  \(names.replacing(", ", with: "\n  "))"
            )
            let token = try await TestEcosystem.run(directory: directory.path, yaml: yaml) { ecosystem in
                let ada = try await Victim(at: Caller(ecosystem: ecosystem, transport: .http))
                let token = try #require(ada.caller.token)
                #expect(try await read(token, at: ada.caller) == 200)
                return token
            }
            try await TestEcosystem.run(directory: directory.path) { ecosystem in
                let caller = Caller(ecosystem: ecosystem, transport: .http)
                #expect(try await read(token, at: caller) == 401)
                let good = try await Victim.login("ada", at: caller).caller
                #expect(try await read(try #require(good.token), at: caller) == 200)
            }
        }

        @Test(arguments: Transport.allCases)
        func `a secret of one kind is not taken for another`(over transport: Transport) async throws {
            try await attack(over: transport) { caller in
                let root = try await Victim("root", roles: "admin", at: caller)
                let access = try #require(root.caller.token)
                let made = try await root.caller.call(KMS.createKey, ["service_name": "job"])
                let key = try #require(made["api_key"].string, "\(made)")
                for secret in [access, key, "fai_", String(key.dropLast())] {
                    let reply = try await caller.call(KMS.refresh, ["refresh_token": .string(secret)])
                    #expect(reply.code == "invalid_refresh_token", "\(reply)")
                }
                for secret in [root.refreshToken, key] { #expect(try await read(secret, at: caller) == 401) }
                for secret in [root.refreshToken, access, String(key.dropLast()), key.uppercased()] {
                    var client = caller.ecosystem.edge
                    client.apiKey = secret
                    #expect(try await client.get("/service_a/sequence?elementType=script").status == 401)
                }
            }
        }

        @Test func `an operation of peers has no route, and no principal may call it on the bus`() async throws {
            try await attack(over: .bus) { caller in
                let root = try await Victim("root", roles: "admin", at: caller)
                let token = try JSONValue(claimsOf: try #require(root.caller.token))
                let step: JSONValue = ["username": "root", "token_id": token["jti"], "amr": .array(["otp"])]
                #expect(KMS.stepUp.route == nil && KMS.verifyKey.route == nil && KMS.checkToken.route == nil)
                #expect(try await root.caller.call(KMS.stepUp, step).code == "forbidden")
                #expect(try await root.caller.call(KMS.verifyKey, ["api_key": "x"]).code == "forbidden")
                #expect(
                    try await root.caller.call(TwoFactorOperations.status, ["username": "root"]).code == "forbidden"
                )
                for path in ["/kms/tokens/stepup", "/kms/keys/verify", "/kms/tokens/check"] {
                    var client = caller.ecosystem.edge
                    client.token = root.caller.token
                    let status = try await client.post(path, step).status
                    #expect([404, 405].contains(status), "\(path) \(status)")
                }
            }
        }
    }
}
