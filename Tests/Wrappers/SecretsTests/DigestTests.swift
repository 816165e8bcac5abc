// Digests, codes and derived keys against FIPS 180-4, RFC 4231, RFC 2202 and RFC 5869, and a comparison that sees every byte.

import Testing

@testable import Secrets

@Suite struct DigestTests {
    @Test(
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ]
    )
    func `SHA-256 gives the digests of FIPS 180-4`(message: String, digest: String) {
        #expect(Hex.encode(SHA256.hash(Array(message.utf8))) == digest)
    }

    struct Vector: Sendable, CustomTestStringConvertible {
        let number: Int
        let key: [UInt8]
        let message: [UInt8]
        let codes: [HMAC.Algorithm: String]
        var testDescription: String { "case \(number)" }
    }

    @Test(arguments: rfc4231)
    func `HMAC gives the codes of RFC 4231`(vector: Vector) {
        for (algorithm, expected) in vector.codes {
            let code = HMAC.authenticate(algorithm, key: vector.key, message: vector.message)
            #expect(Hex.encode(code) == expected)
            #expect(HMAC.authenticate(algorithm, key: SecretBytes(vector.key), message: vector.message) == code)
        }
    }

    @Test func `HMAC-SHA-1 gives the code of RFC 2202`() {
        let code = HMAC.authenticate(
            .sha1,
            key: Array("Jefe".utf8),
            message: Array("what do ya want for nothing?".utf8)
        )
        #expect(Hex.encode(code) == "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79")
    }

    @Test func `an empty key and an empty message have a code`() {
        let code = HMAC.authenticate(.sha256, key: [UInt8](), message: [])
        #expect(Hex.encode(code) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    }

    @Test(
        arguments: [
            (
                [UInt8](repeating: 0x0B, count: 22), Array(UInt8(0)...12), Array(UInt8(0xF0)...0xF9),
                "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
            ),
            (
                Array(UInt8(0)...0x4F), Array(UInt8(0x60)...0xAF), Array(UInt8(0xB0)...0xFF),
                "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09"
                    + "da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"
            ),
            (
                [UInt8](repeating: 0x0B, count: 22), [], [],
                "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
            ),
        ] as [([UInt8], [UInt8], [UInt8], String)]
    )
    func `HKDF gives the keys of RFC 5869`(input: [UInt8], salt: [UInt8], info: [UInt8], expected: String) {
        let key = HKDF.derive(from: input, salt: salt, info: info, byteCount: expected.count / 2)
        #expect(Hex.encode(key.bytes) == expected)
    }

    @Test func `comparison sees every differing byte and every length`() {
        let bytes = Array(UInt8(0)..<32)
        #expect(constantTimeEquals(bytes, bytes))
        #expect(constantTimeEquals([UInt8](), [UInt8]()))
        #expect(!constantTimeEquals(bytes, Array(bytes.dropLast())))
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 0x80
            #expect(!constantTimeEquals(bytes, changed))
        }
    }

    static let rfc4231: [Vector] = [
        Vector(
            number: 1,
            key: [UInt8](repeating: 0x0B, count: 20),
            message: Array("Hi There".utf8),
            codes: [
                .sha256: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
                .sha512: "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
                    + "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854",
            ]
        ),
        Vector(
            number: 2,
            key: Array("Jefe".utf8),
            message: Array("what do ya want for nothing?".utf8),
            codes: [
                .sha256: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
                .sha512: "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
                    + "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
            ]
        ),
        Vector(
            number: 3,
            key: [UInt8](repeating: 0xAA, count: 20),
            message: [UInt8](repeating: 0xDD, count: 50),
            codes: [
                .sha256: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
                .sha512: "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39"
                    + "bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb",
            ]
        ),
        Vector(
            number: 4,
            key: Array(UInt8(1)...25),
            message: [UInt8](repeating: 0xCD, count: 50),
            codes: [
                .sha256: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
                .sha512: "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3db"
                    + "a91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd",
            ]
        ),
        Vector(
            number: 6,
            key: [UInt8](repeating: 0xAA, count: 131),
            message: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            codes: [
                .sha256: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
                .sha512: "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
                    + "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598",
            ]
        ),
    ]
}
