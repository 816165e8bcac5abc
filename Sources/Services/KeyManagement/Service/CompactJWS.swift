// A signed token as text: JWS compact serialization (RFC 7515 §3.1) with EdDSA (RFC 8037 §3.1), and no other algorithm.

import Bus
import Secrets

enum CompactJWS {
    private struct Header: Encodable {
        let alg = "EdDSA"
        let kid: String
        let typ = "JWT"
    }

    static func sign(_ claims: some Encodable, with key: Ed25519.PrivateKey, keyID: String) throws -> String {
        let parts = [try PayloadCoding.encode(Header(kid: keyID)), try PayloadCoding.encode(claims)]
        let signed = parts.map(Base64URL.encode).joined(separator: ".")
        return signed + "." + Base64URL.encode(key.sign(Array(signed.utf8)))
    }
}
