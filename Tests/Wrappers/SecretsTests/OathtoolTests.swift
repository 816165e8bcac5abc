// Codes compared with `oathtool`, an implementation that nobody here wrote (Debian package `oathtool`).

import Foundation
import Processes
import Testing

@testable import Secrets

@Suite struct OathtoolTests {
    @Test(.timeLimit(.minutes(1)), arguments: HMAC.Algorithm.allCases, CodeDigits.allCases)
    func `oathtool gives the same time-based codes`(algorithm: HMAC.Algorithm, digits: CodeDigits) throws {
        let secret = try Random.bytes(HOTP.recommendedSecretByteCount)
        let totp = try #require(TOTP(algorithm: algorithm, digits: digits))
        for seconds in [0, 59, 1_700_000_000, 4_102_444_800] as [Int64] {
            let step = try #require(totp.step(atUnixSeconds: seconds))
            let theirs = try oathtool(
                "--totp=\(algorithm.rawValue)",
                "--base32",
                "--digits=\(digits.rawValue)",
                "--now=@\(seconds)",
                Base32.encode(secret)
            )
            #expect(totp.code(secret: secret, step: step) == theirs)
        }
    }

    private func oathtool(_ arguments: String...) throws -> String {
        let output = Pipe()
        let child = try Child("/usr/bin/oathtool", arguments, output: .pipe(output))
        let text = try output.fileHandleForReading.readToEnd().map { String(decoding: $0, as: UTF8.self) }
        try #require(child.wait() == 0)
        return try #require(text).trimmingCharacters(in: .newlines)
    }
}
