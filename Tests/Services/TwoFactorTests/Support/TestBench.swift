// A 2FA service of a test's own: its store, clock, sink and KMS stand-in, and the steps that most tests begin with.

import Bus
import Contracts
import DatabaseServer
import Foundation
import Leases
import Logging
import Secrets
import Storage
import Testing

@testable import TwoFactor

enum StoreKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case memory, sqlite, postgreSQL

    var testDescription: String { rawValue }
}

final class TestBench: Sendable {
    static let epoch: Int64 = 1_800_000_000
    let clock = TestClock(epoch)
    let sink = SinkDelivery()
    let tokens = TestTokens()
    let store: any TwoFactorStore
    let service: TwoFactorService
    private let directory = FileManager.default.temporaryDirectory.appending(path: "2fa-\(UUID().uuidString)")

    convenience init(_ kind: StoreKind = .memory, _ configuration: TwoFactorConfiguration = .init()) throws {
        try self.init(configuration) { directory in
            switch kind {
            case .memory: MemoryTwoFactorStore()
            case .sqlite: try DatabaseTwoFactorStore(.file(directory.appending(path: "2fa.db").path))
            case .postgreSQL:
                try DatabaseTwoFactorStore(
                    .schema(DatabaseServer.newSchema(), on: [try DatabaseServer.shared.get().server])
                )
            }
        }
    }

    init(
        _ configuration: TwoFactorConfiguration = .init(),
        delivery: (any CodeDelivery)? = nil,
        leases: Leases = .none,
        store: (URL) throws -> any TwoFactorStore
    ) throws {
        self.store = try store(directory)
        let clock = clock
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        service = TwoFactorService(
            configuration: configuration,
            store: self.store,
            keyring: try .ephemeral(),
            delivery: delivery ?? sink,
            tokens: tokens,
            leases: leases,
            clock: UnixClock { clock.now },
            logger: logger
        )
    }

    deinit { try? FileManager.default.removeItem(at: directory) }
}

extension TestBench {
    /// A call with the first-factor token of a user, or with a stepped-up one.
    func token(of user: String, steppedUp: Bool = false, age: Int64 = 0, kind: Principal.Kind = .user) -> CallContext {
        let principal = Principal(
            kind: kind,
            subject: user,
            roles: ["user"],
            amr: steppedUp ? ["pwd", "otp"] : ["pwd"],
            authenticatedAt: Int(clock.now - age),
            tokenID: "jti-\(user)"
        )
        return CallContext(operation: "test", principal: principal)
    }

    /// Calls an operation as the bus would, for a principal that came through the gateway.
    func on<Input, Output>(
        _ operation: Bus.Operation<Input, Output>,
        _ input: Input,
        as user: String = "ada",
        steppedUp: Bool = false,
        roles: [String] = ["user"],
        session: String? = nil,
        key: String? = nil
    ) async throws -> Output {
        let entry = try #require(service.handlers().entries[operation.name])
        let principal = Principal(
            kind: .user,
            subject: user,
            roles: roles,
            amr: steppedUp ? ["pwd", "otp"] : ["pwd"],
            authenticatedAt: Int(clock.now),
            tokenID: session ?? "jti-\(user)"
        )
        try entry.description.access.check(principal, operation: operation.name)
        let context = CallContext(
            operation: operation.name,
            principal: principal,
            peer: "gateway",
            idempotencyKey: key,
            client: "203.0.113.7"
        )
        let output = try await entry.body(PayloadCoding.encode(input)[...], context)
        return try PayloadCoding.decode(Output.self, from: output[...])
    }

    /// A call that a peer of the bus makes by itself.
    var peer: CallContext { CallContext(operation: "test") }

    /// The app's code at the time of the test's clock, or so many periods away.
    func appCode(_ secret: String, periods: Int64 = 0) throws -> OTPCode {
        let bytes = try #require(Base32.decode(secret))
        let step = try #require(TOTP.standard.step(atUnixSeconds: clock.now + periods * 30))
        return OTPCode(TOTP.standard.code(secret: bytes, step: step))
    }

    /// A code that is none of those around now.
    func wrongCode(_ secret: String) throws -> OTPCode {
        let right = try (-2...2).map { try appCode(secret, periods: $0).text }
        let wrong = ["000000", "111111", "222222", "333333", "444444", "555555"].first { !right.contains($0) }
        return OTPCode(try #require(wrong))
    }

    /// Enrols and confirms; the clock stands in the next period, so that the next code is fresh.
    func enrolled(_ user: String = "ada") async throws -> (secret: String, recovery: [String]) {
        let secret = try await service.enroll(token(of: user)).secret
        let codes = try await service.confirm(.init(otpCode: try appCode(secret)), token(of: user)).recoveryCodes
        clock.advance(30)
        return (secret, codes)
    }

    func verify(
        _ code: OTPCode,
        as user: String = "ada",
        named: String? = nil
    ) async throws -> TwoFactorOperations.Verified {
        try await service.verify(.init(username: named, otpCode: code), token(of: user))
    }

    func generate(as user: String = "ada") async throws -> TwoFactorOperations.Delivery {
        try await service.generate(.init(), token(of: user))
    }

    /// The code that a `generate` has just sent.
    func sentCode(to user: String = "ada") async throws -> OTPCode {
        OTPCode(try #require(await sink.next(for: user)).code)
    }

    /// The codes of the failures of so many calls at once; nil for a success.
    func atOnce(
        _ count: Int,
        _ body: @escaping @Sendable (Int) async throws -> Void
    ) async -> [ErrorCode?] {
        await withTaskGroup(of: ErrorCode?.self) { group in
            for number in 0..<count {
                group.addTask {
                    do {
                        try await body(number)
                        return nil
                    } catch {
                        return (error as? Failure)?.code ?? .internalError
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
    }
}

/// Expects a failure with a code and returns it.
@discardableResult  // most tests want to know no more than the code
func expectFailure<Value>(
    _ code: ErrorCode,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Value
) async -> Failure? {
    let failure = await #expect(throws: Failure.self, sourceLocation: sourceLocation) { _ = try await body() }
    #expect(failure?.code == code, sourceLocation: sourceLocation)
    return failure
}

extension Lane {
    /// What the session that has confirmed the enrolment is charged to.
    static let knownAuthenticator = Lane(.authenticator, isKnown: true)
    static let knownDelivered = Lane(.delivered, isKnown: true)
}
