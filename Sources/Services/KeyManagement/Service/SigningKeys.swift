// The keys that sign access tokens: made, sealed, published, used and forgotten by schedule. All state is in the store; what is kept
// here is only the opened private half of keys that it has seen.

import Audit
import Bus
import Contracts
import Foundation
import Secrets

actor SigningKeys {
    private let environment: Environment
    private let schedule: SigningKeySchedule
    private var signers: [String: Ed25519.PrivateKey] = [:]

    init(_ environment: Environment) {
        self.environment = environment
        schedule = SigningKeySchedule(
            lifetime: environment.configuration.signingKeyLifetime,
            lead: environment.configuration.signingKeyLead,
            tokenLifetime: environment.configuration.accessTokenLifetime
        )
    }

    /// The claims as a compact JWS, signed by the key of the hour.
    func sign(_ claims: AccessClaims) async throws -> String {
        let keys = try await current()
        guard let key = schedule.signer(of: keys, at: environment.now()) else {
            throw Failure(.internalError, "There is no key to sign with.")
        }
        return try CompactJWS.sign(claims, with: try signer(for: key), keyID: key.id)
    }

    /// The public keys that verify every token which may be alive.
    func published() async throws -> KMS.KeySet {
        KMS.KeySet(
            keys: try await current().map { KMS.PublicKey(kid: $0.id, x: Base64URL.encode(Array($0.publicKey))) }
        )
    }

    /// Publishes a new key, due or not.
    func rotate(from source: AuditSource) async throws -> KMS.KeySet {
        try await publish(from: source, force: true)
        return try await published()
    }

    private func current() async throws -> [SigningKey] {
        let keys = try await environment.store.read { try $0.all(SigningKey.self) }
        guard schedule.isKeyDue(keys, at: environment.now()) else { return keys }
        try await publish(from: .service("kms"), force: false)
        return try await environment.store.read { try $0.all(SigningKey.self) }
    }

    /// Whether a key is due is asked again inside the transaction: of two callers one makes it.
    private func publish(from source: AuditSource, force: Bool) async throws {
        let (environment, schedule, now) = (environment, schedule, environment.now())
        try await environment.store.write { tables in
            let keys = try tables.all(SigningKey.self)
            guard force || schedule.isKeyDue(keys, at: now) else { return }
            let key = try Self.make(publishedAt: now, signsFrom: schedule.start(besides: keys, at: now), environment)
            try tables.save(key)
            for old in schedule.outlived(keys, at: now) { try tables.delete(SigningKey.self, old.id) }
            try tables.record(KMS.rotateSigningKey.name, "ok", on: key.id, from: source, at: now)
        }
    }

    private static func make(publishedAt: Timestamp, signsFrom: Timestamp, _ environment: Environment) throws
        -> SigningKey
    {
        let seed = try SecretBytes.random(Ed25519.keyByteCount)
        let pair = try Self.pair(seed)
        let id = String(Environment.digest(try environment.token()).prefix(16))
        return SigningKey(
            id: id,
            publicKey: Data(pair.publicKey.bytes),
            sealed: try environment.seal(Data(seed.bytes), for: SigningKey.table, id),
            publishedAt: publishedAt,
            signsFrom: signsFrom
        )
    }

    private func signer(for key: SigningKey) throws -> Ed25519.PrivateKey {
        if let signer = signers[key.id] { return signer }
        let signer = try Self.pair(SecretBytes(try environment.open(key.sealed, of: SigningKey.table, key.id)))
        signers[key.id] = signer
        return signer
    }

    private static func pair(_ seed: SecretBytes) throws -> Ed25519.PrivateKey {
        guard let pair = Ed25519.PrivateKey(seed: seed) else {
            throw Failure(.internalError, "A signing key in the store has the wrong size.")
        }
        return pair
    }
}
