// Moving what is sealed under the newest master key, in one transaction: either every value is, or none. What nobody will ask for again is
// not moved but forgotten before.
//
//     KeyringFile.rotate() → restart → rewrap → only now may the old key leave the file

import Audit
import Bus
import Foundation
import Secrets

/// How many values were moved; 0 when they were under the newest key already.
package struct RewrapReport: Sendable, Equatable {
    package let signingKeys: Int
    package let apiKeys: Int
    package let refreshTokens: Int
}

struct Rewrap: Sendable {
    let environment: Environment

    private static let portion = 1000

    func run() async throws -> RewrapReport {
        try await forgetSuccessors()
        return try await environment.store.write { tables in try move(in: tables) }
    }

    /// Once its grace is over nobody is told the successor of a token any more, so there is nothing to seal anew: what is left is of the last
    /// seconds, and few enough for one transaction. Where it ends in the middle nothing is lost.
    private func forgetSuccessors() async throws {
        let (now, grace) = (environment.now(), environment.configuration.refreshGrace)
        var last: String? = ""
        while let id = last {
            last = try await environment.store.write { tables in
                try tables.forgetSuccessors(after: id, limit: Self.portion, besides: (now - grace)...(now + grace))
            }
        }
    }

    func move(in tables: any Tables) throws -> RewrapReport {
        let report = RewrapReport(
            signingKeys: try signingKeys(in: tables),
            apiKeys: try apiKeys(in: tables),
            refreshTokens: try refreshTokens(in: tables)
        )
        // They are filed under the old key, and what they answer cannot be asked for again.
        try tables.deleteReceipts()
        try KeyringRecord(newestOf: environment.keyring).save(in: tables)
        let subject = "key \(environment.keyring.newestID)"
        try tables.record("kms.rewrap", "ok", on: subject, from: .host, at: environment.now())
        return report
    }

    private func signingKeys(in tables: any Tables) throws -> Int {
        try tables.all(SigningKey.self).count { key in
            guard let sealed = try rewrap(key.sealed, of: SigningKey.table, key.id) else { return false }
            var moved = key
            moved.sealed = sealed
            try tables.save(moved)
            return true
        }
    }

    /// The keyed hash moves with the seal: it was made under the same master key.
    private func apiKeys(in tables: any Tables) throws -> Int {
        let keys = ServiceKeys(environment: environment)
        return try tables.all(KeySecret.self).count { secret in
            guard let sealed = try rewrap(secret.sealed, of: KeySecret.table, secret.service) else {
                return false
            }
            let text = try environment.open(sealed, of: KeySecret.table, secret.service)
            try tables.delete(KeySecret.self, secret.id)
            try tables.save(try keys.moved(secret, text: String(decoding: text, as: UTF8.self), sealed: sealed))
            return true
        }
    }

    private func refreshTokens(in tables: any Tables) throws -> Int {
        try tables.tokensWithSuccessor().count { token in
            guard let successor = token.successor,
                let sealed = try rewrap(successor, of: RefreshToken.table, token.id)
            else { return false }
            var moved = token
            moved.successor = sealed
            try tables.save(moved)
            return true
        }
    }

    private func rewrap(_ sealed: Data, of record: String, _ id: String) throws -> Data? {
        try environment.keyring.rewrap(Array(sealed), purpose: "kms.\(record)", boundTo: [record, id]).map { Data($0) }
    }
}
