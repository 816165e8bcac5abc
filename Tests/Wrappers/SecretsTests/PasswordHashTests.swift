// scrypt against the keys of RFC 7914, and hashes as text: one spelling is read, and absurd parameters are refused without hashing.

import Testing

@testable import Secrets

@Suite struct PasswordHashTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        let password: String
        let salt: String
        let cost: (logN: Int, r: Int, p: Int)
        let key: String
        var testDescription: String { "\(password)/\(salt)" }
    }

    @Test(arguments: [
        Vector(
            password: "",
            salt: "",
            cost: (4, 1, 1),
            key: "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
                + "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"
        ),
        Vector(
            password: "password",
            salt: "NaCl",
            cost: (10, 8, 16),
            key: "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
                + "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
        ),
        Vector(
            password: "pleaseletmein",
            salt: "SodiumChloride",
            cost: (14, 8, 1),
            key: "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
                + "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
        ),
    ])
    func `scrypt gives the keys of RFC 7914`(vector: Vector) throws {
        let parameters = try #require(ScryptParameters(logN: vector.cost.logN, r: vector.cost.r, p: vector.cost.p))
        let key = Scrypt.derive(
            password: Array(vector.password.utf8),
            salt: Array(vector.salt.utf8),
            parameters: parameters,
            byteCount: 64
        )
        #expect(key.map(Hex.encode) == vector.key)
    }

    @Test func `the recommended parameters hash, verify and read back`() throws {
        let hash = try PasswordHash(hashing: "correct horse")
        #expect(hash.phc.hasPrefix("$scrypt$ln=17,r=8,p=1$"))
        let stored = try PasswordHash(phc: hash.phc)
        #expect(stored == hash)
        #expect(try stored.verify("correct horse"))
        #expect(!stored.needsRehash(current: .recommended))
    }

    @Test(arguments: ["", "secret ", " secret", "Secret", "secret\0", "secret\n", "ſecret"])
    func `only the password exactly as given verifies`(other: String) throws {
        let hash = try PasswordHash(hashing: "secret", parameters: .test)
        #expect(try hash.verify("secret"))
        #expect(try !hash.verify(other))
    }

    @Test func `a password with a NUL is not hashed`() {
        #expect(throws: PasswordHashError.passwordContainsNUL) { try PasswordHash(hashing: "secret\0") }
    }

    @Test func `one password has many hashes`() throws {
        let hashes = try (0..<20).map { _ in try PasswordHash(hashing: "secret", parameters: .test).phc }
        #expect(Set(hashes).count == 20)
    }

    @Test func `other parameters or lengths ask for a new hash`() throws {
        let hash = try PasswordHash(hashing: "secret", parameters: .test)
        #expect(!hash.needsRehash(current: .test))
        #expect(hash.needsRehash(current: .recommended))
        let short = PasswordHash(parameters: .test, salt: hash.salt, hash: Array(hash.hash.prefix(16)))
        #expect(short.needsRehash(current: .test))
    }

    @Test func `an unmatchable hash looks like a real one`() throws {
        let dummy = try PasswordHash.unmatchable(parameters: .test)
        #expect(!dummy.needsRehash(current: .test))
        #expect(try PasswordHash(phc: dummy.phc) == dummy)
        #expect(try !dummy.verify(""))
    }

    static let tail = "$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

    @Test(
        arguments: [
            "ln=017,r=8,p=1", "ln=+17,r=8,p=1", "ln=17,r=8", "ln=17,r=8,p=1,", "ln=17,p=1,r=8", "ln=17,r=8,p=1,k=2",
            "LN=17,r=8,p=1", "ln=,r=8,p=1", "ln=1e1,r=8,p=1", "ln=１７,r=8,p=1", "ln=99999999999999999999,r=8,p=1",
            " ln=17,r=8,p=1", "ln=17, r=8,p=1", "",
        ]
    )
    func `parameters in another spelling are malformed`(parameters: String) {
        #expect(throws: PasswordHashError.malformed) { try PasswordHash(phc: "$scrypt$\(parameters)\(Self.tail)") }
    }

    @Test(
        arguments: [
            "ln=21,r=8,p=1", "ln=20,r=8,p=1", "ln=17,r=33,p=1", "ln=17,r=8,p=17", "ln=17,r=8,p=5", "ln=18,r=16,p=1",
            "ln=999999999,r=999999999,p=999999999",
        ]
    )
    func `absurd parameters are refused without hashing`(parameters: String) {
        #expect(throws: PasswordHashError.parametersOutOfBounds) {
            try PasswordHash(phc: "$scrypt$\(parameters)\(Self.tail)")
        }
    }

    @Test(arguments: ["ln=17,r=8,p=1", "ln=16,r=8,p=2", "ln=15,r=8,p=3", "ln=14,r=8,p=5", "ln=13,r=8,p=10"])
    func `every equivalent that OWASP lists is read`(parameters: String) throws {
        let text = "$scrypt$\(parameters)\(Self.tail)"
        #expect(try PasswordHash(phc: text).phc == text)
    }

    @Test(
        arguments: [
            "$argon2id$ln=4,r=8,p=1" + tail, "scrypt$ln=4,r=8,p=1" + tail, "$scrypt$ln=4,r=8,p=1" + tail + "$",
            "$scrypt$ln=4,r=8,p=1" + tail + "=", "$scrypt$ln=4,r=8,p=1$AAAA$AAAAAAAAAAAAAAAAAAAAAA",
            "$scrypt$ln=4,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA", "$scrypt$ln=4,r=8,p=1$$",
            "$scrypt$ln=4,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAB$AAAAAAAAAAAAAAAAAAAAAA", tail, "\0",
        ]
    )
    func `other hash strings are malformed`(text: String) {
        #expect(throws: PasswordHashError.malformed) { try PasswordHash(phc: text) }
    }

    @Test func `a hash string cut anywhere is either refused or another hash, never a crash`() throws {
        let whole = try PasswordHash(hashing: "secret", parameters: .test)
        for length in 0..<whole.phc.utf8.count {
            let text = String(whole.phc.prefix(length))
            let cut = try? PasswordHash(phc: text)
            #expect(cut == nil || (cut != whole && cut?.phc == text))
        }
    }

    @Test(arguments: UInt64(1)...200)
    func `a hash string with random bytes in it is refused or reads back as itself`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var bytes = Array("$scrypt$ln=4,r=8,p=1\(Self.tail)".utf8)
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...127, using: &random)
        }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let hash = try? PasswordHash(phc: text) else { return }
        #expect(hash.phc == text)
    }
}
