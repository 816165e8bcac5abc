// A key management service of a test's own: its store, its clock, its keys. Calls go in and come out as bytes, as on the bus.

import Bus
import Contracts
import DatabaseServer
import Leases
import Secrets
import Storage

@testable import KeyManagement

enum Backend: CaseIterable, Sendable {
    /// `remembering` is how it runs in earnest.
    case memory, sqlite, remembering, postgreSQL
}

final class TestKMS: Sendable {
    let store: any KeyManagementStore
    let service: KeyManagementService
    let hasher: PasswordHasher
    let clock: TestClock
    private let directory: TestDirectory
    /// Where everybody is who calls.
    static let client = "203.0.113.7"

    convenience init(
        _ backend: Backend = .memory,
        hasher: PasswordHasher? = nil,
        keyring: Keyring? = nil,
        leases: Leases = .none,
        isEnrolled: @escaping @Sendable (String) async throws -> Bool = { _ in false },
        configure: (inout KeyManagementConfiguration) -> Void = { _ in }
    ) throws {
        let directory = TestDirectory()
        let store: any KeyManagementStore =
            switch backend {
            case .memory: MemoryStore()
            case .sqlite: try DatabaseStore(.file(directory.file("kms.db")))
            case .remembering:
                RememberingStore(try DatabaseStore(.file(directory.file("kms.db"))), limit: 1 << 20)
            case .postgreSQL:
                try DatabaseStore(.schema(DatabaseServer.newSchema(), on: [try DatabaseServer.shared.get().server]))
            }
        try self.init(
            store,
            in: directory,
            hasher: hasher,
            keyring: keyring,
            clock: TestClock(),
            leases: leases,
            isEnrolled: isEnrolled,
            configure: configure
        )
    }

    var environment: Environment { service.environment }

    /// A service with other master keys on the same store and clock.
    func restarted(with keyring: Keyring) throws -> TestKMS {
        try TestKMS(store, in: directory, hasher: hasher, keyring: keyring, clock: clock)
    }

    init(
        _ store: any KeyManagementStore,
        in directory: TestDirectory,
        hasher: PasswordHasher? = nil,
        keyring: Keyring?,
        clock: TestClock,
        leases: Leases = .none,
        isEnrolled: @escaping @Sendable (String) async throws -> Bool = { _ in false },
        configure: (inout KeyManagementConfiguration) -> Void = { _ in }
    ) throws {
        self.store = store
        self.directory = directory
        self.clock = clock
        var configuration = KeyManagementConfiguration()
        configuration.firstAdmin = .open
        configure(&configuration)
        self.hasher = try hasher ?? PasswordHasher(parameters: .test, concurrency: 2, maximumWaiting: 256)
        service = KeyManagementService(
            configuration,
            store: store,
            keyring: try keyring ?? .ephemeral(),
            hasher: self.hasher,
            leases: leases,
            isEnrolled: isEnrolled,
            now: { clock.now }
        )
    }

    /// Calls an operation as the bus would: access checked, input and output as JSON.
    func call<Input, Output>(
        _ operation: Operation<Input, Output>,
        _ input: Input,
        as principal: Principal? = nil,
        key: String? = nil
    ) async throws -> Output {
        let bytes = try await call(operation.name, PayloadCoding.encode(input), as: principal, key: key)
        return try PayloadCoding.decode(Output.self, from: bytes[...])
    }

    func call(
        _ operation: String,
        _ payload: [UInt8],
        as principal: Principal? = nil,
        key: String? = nil
    ) async throws -> [UInt8] {
        guard let entry = service.handlers.entries[operation] else { throw Failure(.unknownOperation, operation) }
        try entry.description.access.check(principal, operation: operation)
        let context = CallContext(
            operation: operation,
            principal: principal,
            peer: "gateway",
            idempotencyKey: key,
            client: Self.client
        )
        return try await entry.body(payload[...], context)
    }

    /// The code that a call is refused with, `nil` where it is not.
    func refusal<Input, Output>(
        _ operation: Operation<Input, Output>,
        _ input: Input,
        as principal: Principal? = nil,
        key: String? = nil
    ) async throws -> ErrorCode? {
        do {
            _ = try await call(operation, input, as: principal, key: key)
            return nil
        } catch let failure as Failure { return failure.code }
    }
}
