// A key management service of a test's own: its store, its clock, its keys. Calls go in and come out as bytes, as on the bus.

import Bus
import Contracts
import Foundation
import Secrets
import Storage

@testable import KeyManagement

enum Backend: CaseIterable, Sendable {
    case memory, sqlite
}

final class TestKMS: Sendable {
    let store: any KeyManagementStore
    let service: KeyManagementService
    let hasher: PasswordHasher
    let clock: TestClock
    private let directory: URL

    init(
        _ backend: Backend = .memory,
        hasher: PasswordHasher? = nil,
        keyring: Keyring? = nil,
        isEnrolled: @escaping @Sendable (String) async throws -> Bool = { _ in false },
        configure: (inout KeyManagementConfiguration) -> Void = { _ in }
    ) throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "kms-\(UUID().uuidString)")
        store =
            switch backend {
            case .memory: MemoryStore()
            case .sqlite: try SQLiteStore(.file(directory.appending(path: "kms.db").path))
            }
        let clock = TestClock()
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
            isEnrolled: isEnrolled,
            now: { clock.now }
        )
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    /// Calls an operation as the bus would: access checked, input and output as JSON.
    func call<Input, Output>(
        _ operation: Bus.Operation<Input, Output>,
        _ input: Input,
        as principal: Principal? = nil
    ) async throws -> Output {
        let bytes = try await call(operation.name, PayloadCoding.encode(input), as: principal)
        return try PayloadCoding.decode(Output.self, from: bytes[...])
    }

    func call(_ operation: String, _ payload: [UInt8], as principal: Principal? = nil) async throws -> [UInt8] {
        guard let entry = service.handlers.entries[operation] else { throw Failure(.unknownOperation, operation) }
        try entry.description.access.check(principal, operation: operation)
        let context = CallContext(operation: operation, principal: principal, peer: "gateway")
        return try await entry.body(payload[...], context)
    }

    /// The code that a call is refused with, `nil` where it is not.
    func refusal<Input, Output>(
        _ operation: Bus.Operation<Input, Output>,
        _ input: Input,
        as principal: Principal? = nil
    ) async throws -> ErrorCode? {
        do {
            _ = try await call(operation, input, as: principal)
            return nil
        } catch let failure as Failure { return failure.code }
    }
}
