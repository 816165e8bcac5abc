// The text of an API key: its checksum notices each wrong character, each cut and each addition, and it prints as a hint.

import Testing

@testable import Secrets

@Suite struct APIKeyTests {
    @Test func `a generated key parses, and no two are the same`() throws {
        let keys = try (0..<100).map { _ in try APIKey.generate() }
        #expect(Set(keys.map(\.text)).count == 100)
        for key in keys {
            #expect(key.text.utf8.count == 37)
            #expect(APIKey(key.text) == key)
        }
    }

    @Test func `a known secret gives a known key`() {
        let key = APIKey(secret: [UInt8](repeating: 0, count: 20))
        #expect(key.text == "fai_" + String(repeating: "0", count: 27) + "0DDpcc")
    }

    @Test func `every single wrong character is noticed`() throws {
        let text = Array(try APIKey.generate().text)
        for position in text.indices {
            for wrong in "0aZ_-é" where wrong != text[position] {
                var changed = text
                changed[position] = wrong
                #expect(APIKey(String(changed)) == nil, "position \(position)")
            }
        }
    }

    @Test func `every cut and every addition is noticed`() throws {
        let text = try APIKey.generate().text
        for length in 0..<text.count { #expect(APIKey(String(text.prefix(length))) == nil) }
        for changed in [text + "0", " " + text, text + "\n", text.uppercased()] { #expect(APIKey(changed) == nil) }
    }

    @Test func `a number above 160 bits is no key even with its checksum right`() {
        let body = "fai_" + String(repeating: "z", count: 27)
        let checksum = Base62.encode(BigEndian.bytes(CRC32.checksum(body.utf8)), width: 6)
        #expect(APIKey(body + checksum) == nil)
    }

    @Test func `printing a key shows its hint only`() throws {
        let key = try APIKey.generate()
        #expect("\(key) \(String(reflecting: key))" == "\(key.hint) \(key.hint)")
        #expect(key.hint.count == 9)
    }
}
