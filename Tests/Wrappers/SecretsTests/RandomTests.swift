// Random bytes, numbers, digits and tokens: as long as was asked for, below their bound, evenly spread. Chance alone fails none of these.

import Testing

@testable import Secrets

@Suite struct RandomTests {
    @Test func `random bytes have the asked length and do not repeat`() throws {
        #expect(try Random.bytes(0) == [])
        let draws = try (0..<100).map { _ in try Random.bytes(16) }
        #expect(draws.allSatisfy { $0.count == 16 })
        #expect(Set(draws).count == 100)
    }

    @Test(arguments: [1, 2, 10, 62, 255, 256])
    func `numbers stay below their bound and reach every value`(bound: Int) throws {
        let draws = try (0..<bound * 40).map { _ in try Random.below(bound) }
        #expect(draws.allSatisfy { (0..<bound).contains($0) })
        // The chance that one of at most 256 values is missed in 40 draws each is below 1e-14.
        #expect(Set(draws).count == bound)
    }

    @Test func `digits are uniform`() throws {
        let text = try Random.digits(20_000)
        let counts = Dictionary(text.map { ($0, 1) }, uniquingKeysWith: +)
        // 2000 each, standard deviation 42: ten deviations never happen by chance; a modulo bias of bytes (26 against
        // 25 of 256) is too small to see here, so that one is excluded by construction in `below`.
        #expect(counts.count == 10)
        #expect(counts.values.allSatisfy { (1580...2420).contains($0) })
    }

    @Test func `tokens are base64url of as many bytes as asked`() throws {
        let token = try Random.token()
        #expect(token.count == 43)
        #expect(Base64URL.decode(token)?.count == 32)
        #expect(try Random.base62(24).allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) })
    }

    @Test func `secret bytes copy what they are given and compare by value`() throws {
        let secret = try SecretBytes.random(32)
        #expect(secret.count == 32)
        #expect(secret == SecretBytes(secret.bytes))
        #expect(secret != (try SecretBytes.random(32)))
        #expect(SecretBytes([]).bytes == [])
    }
}
