// AES-256-GCM against the vectors of the GCM specification; a tag of another length opens nothing.

import Testing

@testable import Secrets

@Suite struct AES256GCMTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        let number: Int
        let key: String
        let nonce: String
        let plaintext: String
        let associatedData: String
        let ciphertext: String
        let tag: String
        var testDescription: String { "case \(number)" }
    }

    @Test(arguments: vectors)
    func `it gives the ciphertexts of the GCM specification`(vector: Vector) throws {
        let key = SecretBytes(try #require(Hex.decode(vector.key)))
        let nonce = try #require(Hex.decode(vector.nonce))
        let plaintext = try #require(Hex.decode(vector.plaintext))
        let associatedData = try #require(Hex.decode(vector.associatedData))
        let sealed = AES256GCM.seal(plaintext, key: key, nonce: nonce, associatedData: associatedData)
        #expect(Hex.encode(sealed.ciphertext) == vector.ciphertext)
        #expect(Hex.encode(sealed.tag) == vector.tag)
        let opened = AES256GCM.open(
            sealed.ciphertext,
            tag: sealed.tag,
            key: key,
            nonce: nonce,
            associatedData: associatedData
        )
        #expect(opened == plaintext)
    }

    @Test(arguments: [0, 4, 12, 15, 17])
    func `a tag of another length is refused`(length: Int) {
        let key = SecretBytes([UInt8](repeating: 1, count: 32))
        let nonce = [UInt8](repeating: 2, count: 12)
        let sealed = AES256GCM.seal([1, 2, 3], key: key, nonce: nonce, associatedData: [])
        let tag = Array((sealed.tag + [0]).prefix(length))
        #expect(AES256GCM.open(sealed.ciphertext, tag: tag, key: key, nonce: nonce, associatedData: []) == nil)
    }

    /// Cases 13, 14 and 16 of the GCM specification's appendix B.
    static let vectors = [
        Vector(
            number: 13,
            key: String(repeating: "0", count: 64),
            nonce: String(repeating: "0", count: 24),
            plaintext: "",
            associatedData: "",
            ciphertext: "",
            tag: "530f8afbc74536b9a963b4f1c4cb738b"
        ),
        Vector(
            number: 14,
            key: String(repeating: "0", count: 64),
            nonce: String(repeating: "0", count: 24),
            plaintext: String(repeating: "0", count: 32),
            associatedData: "",
            ciphertext: "cea7403d4d606b6e074ec5d3baf39d18",
            tag: "d0d1c8a799996bf0265b98b5d48ab919"
        ),
        Vector(
            number: 16,
            key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
            nonce: "cafebabefacedbaddecaf888",
            plaintext: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
            associatedData: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            ciphertext: "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
            tag: "76fc6ece0f4e1768cddf8853bb2d551b"
        ),
    ]
}
