// Password hashing as a service's handler may call it: bounded, off the executors, and refused early when overloaded.
//
// One hash takes 128 MiB and some tenths of a second, so an unbounded number of logins would be a way to take the
// machine down (OWASP, "Work Factors"). `concurrency` bounds memory and CPU, `maximumWaiting` bounds the delay.
// An unknown user costs the same as a known one: `verifyDummy` runs the very same path against a hash nobody can match.

import Synchronization

package enum PasswordHasherError: Error, Equatable {
    /// Refused before hashing: as many hashes run and wait as are allowed.
    case overloaded
    /// The calling task was cancelled before the hash started.
    case cancelled
    /// Hashing itself failed.
    case hashing(PasswordHashError)
}

package final class PasswordHasher: Sendable {
    /// The parameters of new hashes; pass them to `needsRehash(current:)`.
    package let parameters: ScryptParameters
    private let pool: BlockingPool
    private let dummy: PasswordHash
    private let begun = Atomic(0)

    package convenience init(
        parameters: ScryptParameters = .recommended,
        concurrency: Int = 2,
        maximumWaiting: Int = 32
    ) throws(PasswordHashError) {
        let pool = BlockingPool(name: "hash", threads: concurrency, maximumWaiting: maximumWaiting)
        try self.init(parameters: parameters, pool: pool)
    }

    init(parameters: ScryptParameters, pool: BlockingPool) throws(PasswordHashError) {
        self.parameters = parameters
        self.pool = pool
        self.dummy = try .unmatchable(parameters: parameters)
    }

    /// How many hashes run and how many wait.
    package var load: (running: Int, waiting: Int) {
        pool.load
    }

    /// How many hashes have been begun since the start: what was refused before hashing is not among them.
    package var count: Int { begun.load(ordering: .relaxed) }

    /// A new hash of `password` with the current parameters.
    package func hash(_ password: String) async throws(PasswordHasherError) -> PasswordHash {
        let parameters = parameters
        return try await bounded { () throws(PasswordHashError) in
            try PasswordHash(hashing: password, parameters: parameters)
        }
    }

    /// Whether `password` is the one hashed in `stored`.
    package func verify(_ password: String, against stored: PasswordHash) async throws(PasswordHasherError) -> Bool {
        try await bounded { () throws(PasswordHashError) in try stored.verify(password) }
    }

    /// Spends what a verification costs, for a user who does not exist; no password matches.
    package func verifyDummy(_ password: String) async throws(PasswordHasherError) {
        _ = try await verify(password, against: dummy)
    }

    private func bounded<Value: Sendable>(
        _ work: @escaping @Sendable () throws(PasswordHashError) -> Value
    ) async throws(PasswordHasherError) -> Value {
        let outcome: Result<Value, PasswordHashError>
        do {
            outcome = try await pool.run { [self] () -> Result<Value, PasswordHashError> in
                begun.wrappingAdd(1, ordering: .relaxed)
                do throws(PasswordHashError) { return .success(try work()) } catch { return .failure(error) }
            }
        } catch {
            switch error {
            case .overloaded: throw .overloaded
            case .cancelled: throw .cancelled
            }
        }
        do { return try outcome.get() } catch { throw .hashing(error) }
    }
}
