// Base32 and base64url against RFC 4648, CRC-32 against its check value, hexadecimal and base62; other spellings are refused.

import Testing

@testable import Secrets

@Suite struct EncodingTests {
    /// RFC 4648 §10.
    static let words = ["", "f", "fo", "foo", "foob", "fooba", "foobar"]

    @Test(
        arguments: zip(
            words,
            ["", "MY======", "MZXQ====", "MZXW6===", "MZXW6YQ=", "MZXW6YTB", "MZXW6YTBOI======"]
        )
    )
    func `base32 is that of RFC 4648, padded or not`(word: String, padded: String) {
        let bare = String(padded.prefix { $0 != "=" })
        #expect(Base32.encode(Array(word.utf8)) == bare)
        #expect(Base32.decode(bare) == Array(word.utf8))
        #expect(Base32.decode(padded) == Array(word.utf8))
    }

    @Test(
        arguments: [
            "my", "MY=", "MY=====", "MY=======", "========", "M", "MZX", "MZXW6Y", "MZ", "MY\n", " MY", "M=Y=====",
            "M0",
            "M1", "M8", "MY======MY======", "MÝ", "MZXW6YTB========",
        ]
    )
    func `base32 refuses other spellings`(text: String) {
        #expect(Base32.decode(text) == nil)
    }

    @Test(arguments: zip(words, ["", "Zg", "Zm8", "Zm9v", "Zm9vYg", "Zm9vYmE", "Zm9vYmFy"]))
    func `base64url is that of RFC 4648 without padding`(word: String, text: String) {
        #expect(Base64URL.encode(Array(word.utf8)) == text)
        #expect(Base64URL.decode(text) == Array(word.utf8))
    }

    @Test func `base64url has its own last two characters`() {
        #expect(Base64URL.encode([0xFB, 0xFF]) == "-_8")
        #expect(Base64.encode([0xFB, 0xFF]) == "+/8")
        #expect(Base64URL.decode("+/8") == nil)
    }

    @Test(arguments: ["Zg==", "Zg=", "Z", "Zh", "Zm9", "Zm9v\n", "Zm 9v", "Zm9vY", "Zé"])
    func `base64url refuses padding, spaces, impossible lengths and fill bits`(text: String) {
        #expect(Base64URL.decode(text) == nil)
    }

    @Test func `hexadecimal is lower case only`() {
        #expect(Hex.encode([0x00, 0x0F, 0xA5, 0xFF]) == "000fa5ff")
        #expect(Hex.decode("000fa5ff") == [0x00, 0x0F, 0xA5, 0xFF])
        for text in ["0", "0F", "0g", "000", " 00"] { #expect(Hex.decode(text) == nil) }
    }

    @Test(arguments: UInt64(1)...50)
    func `random bytes survive every encoding`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let bytes = random.bytes(Int(seed))
        #expect(Hex.decode(Hex.encode(bytes)) == bytes)
        #expect(Base32.decode(Base32.encode(bytes)) == bytes)
        #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
        let width = bytes.count * 8 / 5 + 1
        #expect(Base62.decode(Base62.encode(bytes, width: width), width: width, byteCount: bytes.count) == bytes)
    }

    @Test(
        arguments: [
            (0, "000000"), (1, "000001"), (61, "00000z"), (62, "000010"), (3844, "000100"), (.max, "4gfFC3"),
        ] as [(UInt32, String)]
    )
    func `base62 counts 0-9A-Za-z`(number: UInt32, text: String) {
        #expect(Base62.encode(BigEndian.bytes(number), width: 6) == text)
        #expect(Base62.decode(text, width: 6, byteCount: 4) == BigEndian.bytes(number))
    }

    @Test(arguments: ["4gfFC4", "zzzzzz", "00000", "0000000", "00000-", "00000é", ""])
    func `base62 refuses overflow, other widths and other characters`(text: String) {
        #expect(Base62.decode(text, width: 6, byteCount: 4) == nil)
    }

    @Test func `CRC-32 gives the standard check value`() {
        #expect(CRC32.checksum("123456789".utf8) == 0xCBF4_3926)
        #expect(CRC32.checksum([]) == 0)
    }
}
