// Codes that are sent: for how long they are good, how many go out to a user and to an address, and how an address is proven.

import Bus
import Contracts
import Testing

@testable import TwoFactor

@Suite(.timeLimit(.minutes(1))) struct DeliveryTests {
    let bench: TestBench

    init() throws { bench = try TestBench() }

    @Test func `a sent code is good once`() async throws {
        _ = try await bench.enrolled()
        let delivery = try await bench.generate()
        #expect(delivery.expiresAt == bench.clock.now + 600)
        let code = try await bench.sentCode()
        _ = try await bench.verify(code)
        await expectFailure(.otpRejected) { try await bench.verify(code) }
    }

    @Test(arguments: [(599, true), (600, false)] as [(Int64, Bool)])
    func `a sent code lives ten minutes`(age: Int64, isGood: Bool) async throws {
        _ = try await bench.enrolled()
        _ = try await bench.generate()
        let code = try await bench.sentCode()
        bench.clock.advance(age)
        if isGood {
            _ = try await bench.verify(code)
        } else {
            await expectFailure(.otpRejected) { try await bench.verify(code) }
        }
    }

    @Test func `a new code ends the one before it`() async throws {
        _ = try await bench.enrolled()
        _ = try await bench.generate()
        let first = try await bench.sentCode()
        bench.clock.advance(30)
        _ = try await bench.generate()
        let second = try await bench.sentCode()
        if first.text != second.text { await expectFailure(.otpRejected) { try await bench.verify(first) } }
        _ = try await bench.verify(second)
    }

    @Test func `codes are stored as keyed hashes`() async throws {
        _ = try await bench.enrolled()
        _ = try await bench.generate()
        let code = try await bench.sentCode()
        let challenge = try #require(try await bench.store.account(of: AccountName("ada")).challenges[.login])
        let other = try TestBench()
        #expect(bench.service.vault.hash(code.text, challenge.id, AccountName("ada")) == challenge.codeHash)
        #expect(other.service.vault.hash(code.text, challenge.id, AccountName("ada")) != challenge.codeHash)
    }

    @Test func `between two codes there is a pause, also for many at once`() async throws {
        _ = try await bench.enrolled()
        let outcomes = await bench.atOnce(20) { _ in _ = try await bench.generate() }
        #expect(outcomes.count { $0 == nil } == 1)
        let failure = await expectFailure(.tooManyRequests) { try await bench.generate() }
        #expect(failure?.retryAfter == 30)
    }

    @Test func `a day has room for twenty codes`() async throws {
        _ = try await bench.enrolled()
        for _ in 0..<20 {
            _ = try await bench.generate()
            bench.clock.advance(30)
        }
        let failure = await expectFailure(.tooManyRequests) { try await bench.generate() }
        #expect(failure?.retryAfter == 86_400 - 20 * 30)
        bench.clock.advance(86_400 - 20 * 30)
        _ = try await bench.generate()
    }

    @Test(arguments: [(DeliveryError.refused, ErrorCode.deliveryFailed), (.unreachable, .unavailable)])
    func `a failed delivery is said, stores nothing, and counts`(error: DeliveryError, code: ErrorCode) async throws {
        _ = try await bench.enrolled()
        await bench.sink.fail(with: error)
        await expectFailure(code) { try await bench.generate() }
        let account = try await bench.store.account(of: AccountName("ada"))
        #expect(account.challenges.isEmpty)
        #expect(account.knownDeliveries.sent == 1)
        await expectFailure(.tooManyRequests) { try await bench.generate() }
    }

    @Test func `an address becomes the contact once its code has come back`() async throws {
        let (secret, _) = try await bench.enrolled()
        let fresh = bench.token(of: "ada", steppedUp: true)
        let delivery = try await bench.service.contact(.init(email: "ada@example.org"), fresh)
        #expect(delivery.deliveredTo == "a•••@e•••.org")
        let message = try #require(await bench.sink.next(for: "ada"))
        #expect(message.contact == .email("ada@example.org"))
        #expect(try await bench.store.account(of: AccountName("ada")).contact == nil)
        // A code that proves an address does not log in, and the app's code does not prove an address.
        await expectFailure(.otpRejected) { try await bench.verify(OTPCode(message.code)) }
        await expectFailure(.otpRejected) {
            try await bench.service.confirmContact(.init(otpCode: try bench.appCode(secret)), fresh)
        }
        _ = try await bench.service.confirmContact(.init(otpCode: OTPCode(message.code)), fresh)
        #expect(try await bench.store.account(of: AccountName("ada")).contact == .email("ada@example.org"))
        await expectFailure(.conflict) {
            try await bench.service.confirmContact(.init(otpCode: OTPCode(message.code)), fresh)
        }
        bench.clock.advance(30)
        #expect(try await bench.generate().deliveredTo == "a•••@e•••.org")
    }

    /// Whoever may ask for it, and however the address is spelled: one cannot be flooded from many accounts.
    @Test(arguments: StoreKind.allCases)
    func `an address has a budget of its own`(kind: StoreKind) async throws {
        var configuration = TwoFactorConfiguration()
        configuration.addressDeliveries.dailyCap = 3
        let bench = try TestBench(kind, configuration)
        let users = (0..<5).map { "user\($0)" }
        for user in users { _ = try await bench.enrolled(user) }
        let spellings = ["Victim@example.org", "victim@example.org", "VICTIM@EXAMPLE.ORG"]
        for (index, user) in users.enumerated() {
            let request = TwoFactorOperations.ContactRequest(email: spellings[index % 3])
            let fresh = bench.token(of: user, steppedUp: true)
            if index < 3 {
                _ = try await bench.service.contact(request, fresh)
            } else {
                let failure = await expectFailure(.tooManyRequests) { try await bench.service.contact(request, fresh) }
                #expect((failure?.retryAfter ?? 0) > 80_000)
            }
            bench.clock.advance(30)
        }
        let other = TwoFactorOperations.ContactRequest(email: "somebody@example.org")
        _ = try await bench.service.contact(other, bench.token(of: users[4], steppedUp: true))
    }

    /// Whoever has only the password, and whoever names the address as an own one, uses up another budget than the owner's.
    @Test(arguments: StoreKind.allCases)
    func `strangers use up no code of the owner`(kind: StoreKind) async throws {
        var configuration = TwoFactorConfiguration()
        configuration.deliveries.dailyCap = 3
        configuration.addressDeliveries.dailyCap = 3
        let bench = try TestBench(kind, configuration)
        for user in ["ada", "eve"] { _ = try await bench.enrolled(user) }
        let fresh = bench.token(of: "ada", steppedUp: true)
        _ = try await bench.service.contact(.init(email: "ada@example.org"), fresh)
        _ = try await bench.service.confirmContact(.init(otpCode: bench.sentCode()), fresh)
        bench.clock.advance(30)
        _ = try await bench.on(TwoFactorOperations.generate, .init(), session: "thief")
        bench.clock.advance(30)
        let eve = bench.token(of: "eve", steppedUp: true)
        _ = try await bench.service.contact(.init(email: "ada@example.org"), eve)
        bench.clock.advance(30)
        await expectFailure(.tooManyRequests) {
            try await bench.on(TwoFactorOperations.generate, .init(), session: "thief")
        }
        #expect(try await bench.generate().deliveredTo == "a•••@e•••.org")
    }

    @Test(arguments: StoreKind.allCases)
    func `to one address there is a pause, also for many users at once`(kind: StoreKind) async throws {
        let bench = try TestBench(kind)
        let users = (0..<8).map { "user\($0)" }
        for user in users { _ = try await bench.enrolled(user) }
        let outcomes = await bench.atOnce(8) { number in
            let fresh = bench.token(of: users[number], steppedUp: true)
            _ = try await bench.service.contact(.init(phone: "+4930123456"), fresh)
        }
        #expect(outcomes.count { $0 == nil } == 1)
        #expect(outcomes.count { $0 == .tooManyRequests } == 7)
    }

    @Test func `a code by mail is named so in the token`() async throws {
        _ = try await bench.enrolled()
        let fresh = bench.token(of: "ada", steppedUp: true)
        _ = try await bench.service.contact(.init(email: "ada@example.org"), fresh)
        _ = try await bench.service.confirmContact(.init(otpCode: try await bench.sentCode()), fresh)
        bench.clock.advance(30)
        _ = try await bench.generate()
        _ = try await bench.verify(try await bench.sentCode())
        #expect(await bench.tokens.requests.last?.amr == ["otp", "email"])
    }

    @Test func `a code by SMS is named so in the token`() async throws {
        _ = try await bench.enrolled()
        let fresh = bench.token(of: "ada", steppedUp: true)
        _ = try await bench.service.contact(.init(phone: "+4930123456"), fresh)
        _ = try await bench.service.confirmContact(.init(otpCode: try await bench.sentCode()), fresh)
        bench.clock.advance(30)
        #expect(try await bench.generate().deliveredTo == "•••• 3456")
        _ = try await bench.verify(try await bench.sentCode())
        #expect(await bench.tokens.requests.last?.amr == ["otp", "sms"])
    }

    @Test(arguments: [
        TwoFactorOperations.ContactRequest(), .init(email: "a@b.org", phone: "+4930123456"), .init(email: "a b@c.org"),
        .init(email: "a@b.org\r\nBcc: x@y.org"), .init(email: "a@@b.org"), .init(email: "@b.org"),
        .init(email: "a@.org"),
        .init(phone: "030123456"), .init(phone: "+49 30 123456"), .init(phone: "+0123456789"), .init(phone: "+1234567"),
    ])
    func `an address that is none is refused before anything is sent`(
        request: TwoFactorOperations.ContactRequest
    ) async throws {
        _ = try await bench.enrolled()
        await expectFailure(.invalidRequest) {
            try await bench.service.contact(request, bench.token(of: "ada", steppedUp: true))
        }
        #expect(try await bench.store.account(of: AccountName("ada")).deliveries.sent == 0)
    }
}
