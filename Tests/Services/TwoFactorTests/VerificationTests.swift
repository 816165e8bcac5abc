// Which code counts, for whom and how often: clocks that are off, other spellings, other users. One of the codes is computed by `oathtool`.

import Bus
import Contracts
import Foundation
import Processes
import Secrets
import Testing

@testable import TwoFactor

@Suite(.timeLimit(.minutes(1))) struct VerificationTests {
    let bench: TestBench

    init() throws { bench = try TestBench() }

    @Test func `a verified code gives the token that the KMS made for this user`() async throws {
        let (secret, _) = try await bench.enrolled()
        let verified = try await bench.verify(try bench.appCode(secret), named: "ada")
        #expect(verified.success)
        #expect(verified.accessToken == "token-1")
        let request = TokenRequest(username: "ada", tokenID: "jti-ada", amr: ["otp"])
        #expect(await bench.tokens.requests == [request])
    }

    @Test(arguments: [-1, 0, 1] as [Int64])
    func `a clock may be one period off`(periods: Int64) async throws {
        let (secret, _) = try await bench.enrolled()
        bench.clock.advance(60)
        _ = try await bench.verify(try bench.appCode(secret, periods: periods))
    }

    @Test(arguments: [-2, 2] as [Int64])
    func `a clock may not be two periods off`(periods: Int64) async throws {
        let (secret, _) = try await bench.enrolled()
        bench.clock.advance(60)
        await expectFailure(.otpRejected) { try await bench.verify(try bench.appCode(secret, periods: periods)) }
    }

    @Test func `a code is good once, and so is every code before it`() async throws {
        let (secret, _) = try await bench.enrolled()
        bench.clock.advance(60)
        let code = try bench.appCode(secret)
        _ = try await bench.verify(code)
        await expectFailure(.otpRejected) { try await bench.verify(code) }
        await expectFailure(.otpRejected) { try await bench.verify(try bench.appCode(secret, periods: -1)) }
    }

    /// CVE-2025-6014 and -6015: forgiven spellings of a used code got past the list of used codes, and guesses past the limit.
    @Test(arguments: ["", " %", "% ", "%\n", "%\0", "3 3", "0%", "+%", "full-width", "arabic", "number"])
    func `another spelling is malformed, and neither compared nor charged`(spelling: String) async throws {
        let (secret, _) = try await bench.enrolled()
        let code = try bench.appCode(secret).text
        let spelled: String
        switch spelling {
        case "3 3": spelled = "\(code.prefix(3)) \(code.suffix(3))"
        case "full-width":
            spelled = String(
                String.UnicodeScalarView(code.unicodeScalars.compactMap { Unicode.Scalar($0.value + 0xFEE0) })
            )
        case "arabic":
            spelled = String(
                String.UnicodeScalarView(code.unicodeScalars.compactMap { Unicode.Scalar($0.value + 0x0630) })
            )
        case "number": spelled = "\(Double(code) ?? 0)"
        default: spelled = spelling.replacing("%", with: code)
        }
        for _ in 0..<10 {
            let failure = await expectFailure(.invalidRequest) { try await bench.verify(OTPCode(spelled)) }
            #expect(failure?.fields?.first?.field == "otp_code")
        }
        #expect(try await bench.store.account(of: AccountName("ada")).attempts.isEmpty)
        _ = try await bench.verify(OTPCode(code))
    }

    @Test func `unknown, not enrolled and not oneself are told in the same words`() async throws {
        _ = try await bench.enrolled("ada")
        let failures = [
            await expectFailure(.twoFactorNotEnabled) { try await bench.verify("123456", as: "nobody") },
            await expectFailure(.twoFactorNotEnabled) { try await bench.verify("123456", as: "eve", named: "ada") },
            await expectFailure(.twoFactorNotEnabled) { try await bench.verify("123456", as: "eve", named: "nobody") },
            await expectFailure(.twoFactorNotEnabled) {
                try await bench.service.generate(.init(username: "ada"), bench.token(of: "eve"))
            },
            await expectFailure(.twoFactorNotEnabled) {
                try await bench.service.generate(.init(username: "nobody"), bench.peer)
            },
        ]
        #expect(failures.allSatisfy { $0 == failures[0] })
    }

    /// GHSA-m5mf-3963-4x26: aliases were counted apart.
    @Test(arguments: ["Ada", "ADA"])
    func `letter case does not count, as in the KMS, and doubles no budget`(alias: String) async throws {
        let (secret, _) = try await bench.enrolled()
        for number in 0..<5 {
            let name = number.isMultiple(of: 2) ? alias : "ada"
            await expectFailure(.otpRejected) { try await bench.verify(try bench.wrongCode(secret), named: name) }
        }
        await expectFailure(.tooManyRequests) { try await bench.verify(try bench.appCode(secret), named: alias) }
        #expect(try await bench.service.status(.init(username: alias)).enrolled)
    }

    @Test(arguments: ["ada ", " ada", "ada\u{301}", "\u{430}da", ""])
    func `any other spelling of the name is another user`(alias: String) async throws {
        let (secret, _) = try await bench.enrolled()
        await expectFailure(.twoFactorNotEnabled) { try await bench.verify(try bench.appCode(secret), named: alias) }
        await expectFailure(.twoFactorNotEnabled) {
            try await bench.service.generate(.init(username: alias), bench.peer)
        }
    }

    @Test func `canonically equal names that differ in their bytes are two users`() async throws {
        _ = try await bench.enrolled("jos\u{E9}")
        await expectFailure(.twoFactorNotEnabled) { try await bench.verify("123456", as: "jose\u{301}") }
    }

    @Test func `a peer may have a code sent for a user and must say for which`() async throws {
        _ = try await bench.enrolled()
        await expectFailure(.invalidRequest) { try await bench.service.generate(.init(), bench.peer) }
        _ = try await bench.service.generate(.init(username: "ada"), bench.peer)
        #expect(await bench.sink.next(for: "ada") != nil)
    }

    @Test func `without the session of a login nothing is compared`() async throws {
        let (secret, _) = try await bench.enrolled()
        let request = TwoFactorOperations.VerifyRequest(username: "ada", otpCode: try bench.appCode(secret))
        let sessionless = CallContext(
            operation: "test",
            principal: Principal(kind: .user, subject: "ada", roles: ["user"])
        )
        for context in [bench.peer, sessionless] {
            await expectFailure(.unauthenticated) { try await bench.service.verify(request, context) }
        }
        _ = try await bench.verify(request.otpCode)
    }

    @Test func `without the KMS the code is spent, and the answer says so`() async throws {
        let (secret, _) = try await bench.enrolled()
        await bench.tokens.leave()
        let failure = await expectFailure(.unavailable) { try await bench.verify(try bench.appCode(secret)) }
        #expect(failure?.detail.contains("spent") == true)
        await bench.tokens.comeBack()
        await expectFailure(.otpRejected) { try await bench.verify(try bench.appCode(secret)) }
        bench.clock.advance(30)
        _ = try await bench.verify(try bench.appCode(secret))
    }

    @Test func `a recovery code opens once, in its own spelling only`() async throws {
        let (_, recovery) = try await bench.enrolled()
        await expectFailure(.invalidRequest) { try await bench.verify(OTPCode(recovery[0].lowercased())) }
        await expectFailure(.invalidRequest) { try await bench.verify(OTPCode(recovery[0].filter { $0 != "-" })) }
        _ = try await bench.verify(OTPCode(recovery[0]))
        await expectFailure(.otpRejected) { try await bench.verify(OTPCode(recovery[0])) }
        _ = try await bench.verify(OTPCode(recovery[1]))
        #expect(await bench.tokens.requests.map(\.amr) == [["mfa"], ["mfa"]])
    }

    @Test func `a recovery code of one user is not one of another`() async throws {
        let (_, recovery) = try await bench.enrolled("ada")
        _ = try await bench.enrolled("eve")
        await expectFailure(.otpRejected) { try await bench.verify(OTPCode(recovery[0]), as: "eve") }
    }

    @Test func `what oathtool computes from the secret is accepted`() async throws {
        let (secret, _) = try await bench.enrolled()
        let output = Pipe()
        let arguments = ["--totp", "--base32", "--now=@\(bench.clock.now)", secret]
        let child = try Child("/usr/bin/oathtool", arguments, output: .pipe(output))
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        try #require(child.wait() == 0, "\(text)")
        _ = try await bench.verify(OTPCode(text.trimmingCharacters(in: .newlines)))
    }
}
