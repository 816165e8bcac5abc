// One-time codes against the tables of RFC 4226 and RFC 6238, the window in which one matches, and what is no code at all.

import Testing

@testable import Secrets

@Suite struct OneTimePasswordTests {
    static let rfcSecret = Array("12345678901234567890".utf8)

    /// The RFC 6238 keys: the same digits repeated to the hash's length.
    static func rfcSecret(_ algorithm: HMAC.Algorithm) -> [UInt8] {
        (0..<algorithm.byteCount).map { rfcSecret[$0 % 20] }
    }

    @Test(
        arguments: zip(
            UInt64(0)...9,
            [
                "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
            ]
        )
    )
    func `HOTP gives the codes of RFC 4226 appendix D`(counter: UInt64, code: String) {
        #expect(HOTP.code(secret: Self.rfcSecret, counter: counter) == code)
        #expect(HOTP.code(secret: SecretBytes(Self.rfcSecret), counter: counter) == code)
    }

    struct Vector: Sendable, CustomTestStringConvertible {
        let seconds: Int64
        let codes: [HMAC.Algorithm: String]
        var testDescription: String { "t=\(seconds)" }

        init(_ seconds: Int64, _ sha1: String, _ sha256: String, _ sha512: String) {
            self.seconds = seconds
            codes = [.sha1: sha1, .sha256: sha256, .sha512: sha512]
        }
    }

    @Test(
        arguments: [
            Vector(59, "94287082", "46119246", "90693936"),
            Vector(1_111_111_109, "07081804", "68084774", "25091201"),
            Vector(1_111_111_111, "14050471", "67062674", "99943326"),
            Vector(1_234_567_890, "89005924", "91819424", "93441116"),
            Vector(2_000_000_000, "69279037", "90698825", "38618901"),
            Vector(20_000_000_000, "65353130", "77737706", "47863826"),
        ],
        HMAC.Algorithm.allCases
    )
    func `TOTP gives the codes of RFC 6238 appendix B`(vector: Vector, algorithm: HMAC.Algorithm) throws {
        let totp = try #require(TOTP(algorithm: algorithm, digits: .eight))
        let step = try #require(totp.step(atUnixSeconds: vector.seconds))
        #expect(totp.code(secret: Self.rfcSecret(algorithm), step: step) == vector.codes[algorithm])
    }

    @Test(arguments: [-2, -1, 0, 1, 2] as [Int64])
    func `a code matches only within the window, and says its step`(drift: Int64) throws {
        let totp = TOTP.standard
        let now: Int64 = 1_234_567_890
        let step = try #require(totp.step(atUnixSeconds: now)) + drift
        let code = try #require(OneTimeCode(totp.code(secret: Self.rfcSecret, step: step), digits: .six))
        let matched = totp.match(code, secret: Self.rfcSecret, atUnixSeconds: now)
        #expect(matched == (abs(drift) <= 1 ? step : nil))
        #expect(totp.match(code, secret: Self.rfcSecret, atUnixSeconds: now, window: 0) == (drift == 0 ? step : nil))
    }

    @Test func `a step lasts exactly one period`() throws {
        let totp = try #require(TOTP(periodSeconds: 60))
        #expect([0, 59, 60, 119, 120].map { totp.step(atUnixSeconds: $0) } == [0, 0, 1, 1, 2])
    }

    @Test func `time before 1970 matches nothing, and the first step looks not before itself`() throws {
        let code = try #require(OneTimeCode("755224", digits: .six))
        #expect(TOTP.standard.match(code, secret: Self.rfcSecret, atUnixSeconds: -1) == nil)
        #expect(TOTP.standard.match(code, secret: Self.rfcSecret, atUnixSeconds: 0) == 0)
        #expect(TOTP.standard.match(code, secret: Self.rfcSecret, atUnixSeconds: 31) == 0)
    }

    @Test(arguments: [0, -1, 301])
    func `a period outside 1–300 seconds is refused`(period: Int) {
        #expect(TOTP(periodSeconds: period) == nil)
    }

    @Test(
        arguments: [
            "", "12345", "1234567", " 123456", "123456 ", "123 456", "123456\n", "１２３４５６", "12345a", "-12345",
            "+12345", "1２3456", "٠١٢٣٤٥", "123456\0", "0x1234",
        ]
    )
    func `anything but exactly six ASCII digits is no code`(text: String) {
        #expect(OneTimeCode(text, digits: .six) == nil)
    }

    @Test(arguments: CodeDigits.allCases)
    func `a code has its own number of digits, leading zeros included`(digits: CodeDigits) {
        let zeros = String(repeating: "0", count: digits.rawValue)
        #expect(OneTimeCode(zeros, digits: digits)?.text == zeros)
        #expect(OneTimeCode(zeros + "0", digits: digits) == nil)
        #expect(OneTimeCode(String(zeros.dropLast()), digits: digits) == nil)
    }

    @Test func `a printed code does not show its digits`() throws {
        let code = try #require(OneTimeCode("918273", digits: .six))
        #expect(!"\(code) \(String(reflecting: code))".contains("918273"))
    }
}
