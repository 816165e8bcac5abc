// Recording an act in the transaction that it happens in.

import Audit
import Bus

extension Tables {
    /// Adds an entry to the log, chained to the last one.
    func record(
        _ operation: String,
        _ outcome: String,
        on subject: String,
        from source: AuditSource,
        at now: Timestamp
    ) throws {
        try append(AuditNote(at: now.rawValue, operation, outcome, on: subject, from: source))
    }
}

extension KeyManagementStore {
    /// Runs `body` and records its outcome in the same transaction.
    ///
    /// A `Failure` is recorded by its code and thrown after the commit: what `body` changed before it refused stays (an attempt claimed,
    /// a session killed), so a body checks before it changes what must not. Any other error undoes everything, the record included.
    func audited<Value: Sendable>(
        _ operation: String,
        on subject: String,
        from source: AuditSource,
        at now: Timestamp,
        _ body: @escaping @Sendable (any Tables) throws -> Value
    ) async throws -> Value {
        let result: Result<Value, Failure> = try await write { tables in
            let result: Result<Value, Failure>
            do { result = .success(try body(tables)) } catch let failure as Failure { result = .failure(failure) }
            try tables.record(operation, result.outcome, on: subject, from: source, at: now)
            return result
        }
        return try result.get()
    }
}

extension Environment {
    /// Runs what has to hold before an operation begins; where it refuses, that is recorded.
    func requiring(
        _ operation: String,
        on subject: String,
        from source: AuditSource,
        _ condition: () async throws -> Void
    ) async throws {
        do { try await condition() } catch let failure as Failure {
            let now = now()
            try await store.write { tables in
                try tables.record(operation, failure.code.name, on: subject, from: source, at: now)
            }
            throw failure
        }
    }
}

extension Result where Failure == Bus.Failure {
    fileprivate var outcome: String {
        switch self {
        case .success: "ok"
        case .failure(let failure): failure.code.name
        }
    }
}
