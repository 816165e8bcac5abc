// The keys that sign access tokens: made, sealed, published, used and forgotten by schedule. All state is in the store; what is kept
// here is only the opened private half of keys that it has seen.

import Audit
import Bus
import Contracts
import Foundation
import Receipts
import Secrets

/// The key of the hour, opened.
struct TokenSigner: Sendable {
    fileprivate let key: Ed25519.PrivateKey
    fileprivate let keyID: String

    /// The claims as a compact JWS.
    func sign(_ claims: AccessClaims) throws -> String { try CompactJWS.sign(claims, with: key, keyID: keyID) }
}

actor SigningKeys {
    private let environment: Environment
    private let schedule: SigningKeySchedule
    private var signers: [String: Ed25519.PrivateKey] = [:]

    init(_ environment: Environment) {
        self.environment = environment
        schedule = environment.configuration.signingKeys
    }

    static let noKey = Failure(.internalError, "There is no key to sign with.")

    /// What signs tokens now. Asked for before a transaction, so that what is signed can be part of it.
    func signer() async throws -> TokenSigner {
        let keys = try await current()
        guard let key = schedule.signer(of: keys, at: environment.now()) else {
            throw Self.noKey
        }
        return TokenSigner(key: try signer(for: key), keyID: key.id)
    }

    /// The public keys that verify every token which may be alive.
    func published() async throws -> KMS.KeySet {
        Self.published(try await current())
    }

    private static func published(_ keys: [SigningKey]) -> KMS.KeySet {
        KMS.KeySet(keys: keys.map { KMS.PublicKey(kid: $0.id, x: Base64URL.encode(Array($0.publicKey))) })
    }

    /// Publishes a new key, due or not.
    ///
    /// The old one goes on signing until the new one is known everywhere, and its tokens live out their time. Where it has leaked that is
    /// too long: `revoke` deletes every key, ends every session, and lets the new key sign at once.
    func rotate(_ rotation: KMS.SigningKeyRotation, _ context: CallContext) async throws -> KMS.KeySet {
        let (environment, schedule, now) = (environment, schedule, environment.now())
        let (revokes, source) = (rotation.revoke ?? false, AuditSource(context))
        let claim = try environment.receipts.claim(context, rotation)
        return try await environment.store.write { tables in
            try environment.once(claim, in: tables, at: now) {
                if revokes { try Self.revokeAll(in: tables) }
                try Self.publish(from: source, at: now, schedule, environment, in: tables)
                return Self.published(try tables.all(SigningKey.self))
            }
        }
    }

    private func current() async throws -> [SigningKey] {
        let (environment, schedule, now) = (environment, schedule, environment.now())
        let keys = try await environment.store.read { try $0.all(SigningKey.self) }
        guard schedule.settled(keys, at: now) != keys || schedule.isKeyDue(keys, at: now) else { return keys }
        // Asked again inside the transaction: of two callers one makes the key.
        return try await environment.store.write { tables in
            let keys = try Self.settle(at: now, schedule, in: tables)
            guard schedule.isKeyDue(keys, at: now) else { return keys }
            try Self.publish(from: .service("kms"), at: now, schedule, environment, in: tables)
            return try tables.all(SigningKey.self)
        }
    }

    /// Brings the keys to where they have to stand, and says which these are.
    private static func settle(at now: Timestamp, _ schedule: SigningKeySchedule, in tables: any Tables) throws
        -> [SigningKey]
    {
        let known = try tables.all(SigningKey.self)
        let settled = schedule.settled(known, at: now)
        for key in settled where !known.contains(key) { try tables.save(key) }
        let left = Set(settled.map(\.id))
        for key in known where !left.contains(key.id) { try tables.delete(SigningKey.self, key.id) }
        return settled
    }

    private static func publish(
        from source: AuditSource,
        at now: Timestamp,
        _ schedule: SigningKeySchedule,
        _ environment: Environment,
        in tables: any Tables
    ) throws {
        let last = try tables.all(SigningKey.self).map(\.generation).max() ?? 0
        let keys = try settle(at: now, schedule, in: tables)
        let start = schedule.start(besides: keys, at: now)
        let key = try make(last + 1, publishedAt: now, signsFrom: start, environment)
        try tables.save(key)
        try tables.record(KMS.rotateSigningKey.name, "ok", on: key.id, from: source, at: now)
    }

    /// Whoever has a key may have written himself into any session.
    private static func revokeAll(in tables: any Tables) throws {
        for key in try tables.all(SigningKey.self) { try tables.delete(SigningKey.self, key.id) }
        _ = try tables.endAllSessions(.revoked)
    }

    private static func make(
        _ generation: Int,
        publishedAt: Timestamp,
        signsFrom: Timestamp,
        _ environment: Environment
    ) throws -> SigningKey {
        let seed = try SecretBytes.random(Ed25519.keyByteCount)
        let pair = try Self.pair(seed)
        let id = String(Environment.digest(try environment.token()).prefix(16))
        return SigningKey(
            id: id,
            publicKey: Data(pair.publicKey.bytes),
            sealed: try environment.seal(Data(seed.bytes), for: SigningKey.table, id),
            generation: generation,
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
