// API keys: made, shown once, rotated, revoked, and looked up.
//
//     key text ──HMAC(master key, purpose)──> id of its row         looked up, never stored
//              ──AES-256-GCM, bound to the service──> sealed        so that `rewrap` can move it under a new master key
//
// `verify` reads the store that rotate and delete have committed to; they answer when no gateway holds a verdict on the old key any more.

import Audit
import Bus
import Contracts
import Foundation
import Leases
import Receipts
import Secrets

struct ServiceKeys: Sendable {
    /// How exactly the last use is known; finer would be a commit for every request.
    private static let lastUsedGranularity = Duration.seconds(60)

    let environment: Environment

    // MARK: Administration

    func create(_ creation: KMS.KeyCreation, _ context: CallContext) async throws -> KMS.IssuedKey {
        let (name, now) = (creation.serviceName.text, environment.now())
        if let seconds = creation.expiresIn, !KMS.KeyCreation.lifetimes.contains(seconds) {
            throw Failure.invalid("expires_in", "must be 1 to \(KMS.KeyCreation.lifetimes.upperBound) seconds")
        }
        let text = try creation.apiKey?.text ?? APIKey.generate().text
        let secret = try seal(text, for: name, at: now)
        let key = ServiceKey(
            id: name,
            roles: creation.roles?.names ?? [KMS.Roles.user],
            scopes: creation.scopes?.map(\.text),
            createdAt: now,
            validUntil: creation.expiresIn.map { now + .seconds($0) }
        )
        let claim = try environment.receipts.claim(context, creation)
        let (environment, source) = (environment, AuditSource(context))
        return try await environment.store.audited(KMS.createKey.name, on: name, from: source, at: now) { tables in
            try environment.once(claim, in: tables, at: now) {
                try Self.add(key, secret, to: tables)
                return KMS.IssuedKey(serviceName: name, apiKey: text)
            }
        }
    }

    private static func add(_ key: ServiceKey, _ secret: KeySecret, to tables: any Tables) throws {
        guard try tables.find(ServiceKey.self, key.id) == nil else {
            throw Failure(.conflict, "\"\(key.id)\" has a key already: rotate or delete it.")
        }
        guard try tables.find(KeySecret.self, secret.id) == nil else {
            throw Failure(.conflict, "This key is in use already.", fields: [.init("api_key", "is in use already")])
        }
        try tables.save(key)
        try tables.save(secret)
    }

    func show(_ name: KMS.KeyName) async throws -> KMS.KeyDescription {
        let now = environment.now()
        return try await environment.store.read { tables in
            try Self.describe(try Self.key(name.serviceName, in: tables), at: now, in: tables)
        }
    }

    func list() async throws -> KMS.KeyList {
        let now = environment.now()
        return try await environment.store.read { tables in
            KMS.KeyList(keys: try tables.all(ServiceKey.self).map { try Self.describe($0, at: now, in: tables) })
        }
    }

    func rotate(_ rotation: KMS.KeyRotation, _ context: CallContext) async throws -> KMS.IssuedKey {
        let (name, now, overlap) = (rotation.serviceName.text, environment.now(), rotation.overlapSeconds ?? 0)
        guard KMS.KeyRotation.overlaps.contains(overlap) else {
            throw Failure.invalid("overlap_seconds", "must be 0 to \(KMS.KeyRotation.overlaps.upperBound)")
        }
        let text = try APIKey.generate().text
        let secret = try seal(text, for: name, at: now)
        let claim = try environment.receipts.claim(context, rotation)
        let (environment, source) = (environment, AuditSource(context))
        return try await environment.store.audited(KMS.rotateKey.name, on: name, from: source, at: now) { tables in
            try environment.once(claim, in: tables, at: now) {
                try Self.replace(rotation.serviceName, by: secret, overlap: .seconds(overlap), at: now, in: tables)
                return KMS.IssuedKey(serviceName: name, apiKey: text)
            }
        }
    }

    private static func replace(
        _ name: KMS.ServiceName,
        by secret: KeySecret,
        overlap: Duration,
        at now: Timestamp,
        in tables: any Tables
    ) throws {
        var key = try key(name, in: tables)
        guard !key.isExpired(at: now) else {
            throw Failure(.conflict, "The key of \"\(key.id)\" has expired: delete it and make a new one.")
        }
        for old in try tables.all(KeySecret.self, of: key.id) {
            try retire(old, overlap: overlap, at: now, in: tables)
        }
        key.rotatedAt = now
        try tables.save(key)
        try tables.save(secret)
    }

    func delete(_ name: KMS.KeyName, _ context: CallContext) async throws -> Empty {
        let (service, now) = (name.serviceName, environment.now())
        let claim = try environment.receipts.claim(context, name)
        let (environment, source) = (environment, AuditSource(context))
        return try await environment.store.audited(KMS.deleteKey.name, on: service.text, from: source, at: now) {
            tables in
            try environment.once(claim, in: tables, at: now) {
                let key = try Self.key(service, in: tables)
                for secret in try tables.all(KeySecret.self, of: key.id) {
                    try tables.delete(KeySecret.self, secret.id)
                }
                try tables.delete(ServiceKey.self, key.id)
                return Empty()
            }
        }
    }

    // MARK: Looking up

    func verify(_ candidate: KMS.KeyToVerify) async throws -> KMS.KeyVerdict {
        // First the moment, then what is read: a revocation between the two makes the verdict an old one.
        let moment = try await environment.leases.momentOfQuestion()
        let (ids, now) = (ids(of: candidate.apiKey), environment.now())
        var found = try await environment.store.read { try Self.find(ids, in: $0) }
        if let name = found?.key.id, found?.key.isAhead(of: now) ?? false {
            found = try await environment.store.write { tables in
                try Self.putRight(name, at: now, in: tables)
                return try Self.find(ids, in: tables)
            }
        }
        guard let (secret, key) = found, !key.isExpired(at: now), secret.expiresAt.map({ $0 > now }) ?? true else {
            return .inactive
        }
        let used = await noteUse(of: secret, at: now)
        // When the next use is to be noted, the next question has to come: what is held is used unseen.
        let ends = [secret.expiresAt, key.validUntil, used.map { $0 + Self.lastUsedGranularity } ?? now]
        let standing = moment.standing(
            on: [Ground.key(key.id)],
            goodFor: ends.compactMap(\.self).map { now.distance(to: $0) }.reduce(Self.lastUsedGranularity, min)
        )
        return KMS.KeyVerdict(
            active: true,
            serviceName: key.id,
            roles: key.roles,
            scopes: key.scopes,
            standing: standing
        )
    }

    /// At most one write a minute and key. That it fails is no reason to refuse a good key.
    ///
    /// - Returns: The use that is on record; nil where none is.
    private func noteUse(of secret: KeySecret, at now: Timestamp) async -> Timestamp? {
        if let known = secret.lastUsedAt, known.isWithin(Self.lastUsedGranularity, of: now) { return known }
        return try? await environment.store.write { tables in
            guard var current = try tables.find(KeySecret.self, secret.id) else { return nil }
            current.lastUsedAt = now
            try tables.save(current)
            return now
        }
    }
}

extension ServiceKeys {
    private static func find(_ ids: [String], in tables: any Tables) throws -> (secret: KeySecret, key: ServiceKey)? {
        try ids.lazy.compactMap { try tables.find(KeySecret.self, $0) }.first.flatMap { secret in
            try tables.find(ServiceKey.self, secret.service).map { (secret: secret, key: $0) }
        }
    }

    /// Lets what a clock that was ahead has given a key begin now: it lives as long as was asked for, and no longer.
    private static func putRight(_ name: String, at now: Timestamp, in tables: any Tables) throws {
        guard var key = try tables.find(ServiceKey.self, name) else { return }
        if let rotatedAt = key.rotatedAt, rotatedAt > now {
            for var secret in try tables.all(KeySecret.self, of: name) {
                secret.expiresAt = secret.expiresAt.map { $0.moved(from: rotatedAt, to: now) }
                try tables.save(secret)
            }
            key.rotatedAt = now
        }
        if key.createdAt > now {
            key.validUntil = key.validUntil.map { $0.moved(from: key.createdAt, to: now) }
            key.createdAt = now
        }
        try tables.save(key)
    }

    private static let hashPurpose = "kms.key-hash"

    /// The ids that a key may be stored under: one for each master key.
    private func ids(of text: String) -> [String] {
        environment.keyring.ids.reversed().compactMap { id(of: text, under: $0) }
    }

    private func id(of text: String, under masterKey: UInt32) -> String? {
        environment.keyring.derivedKey(for: Self.hashPurpose, id: masterKey).map { key in
            Hex.encode(HMAC.authenticate(.sha256, key: key, message: Array(text.utf8)))
        }
    }

    private func newestID(of text: String) throws -> String {
        guard let id = id(of: text, under: environment.keyring.newestID) else {
            throw Failure(.internalError, "There is no master key.")
        }
        return id
    }

    /// The secret under the newest master key.
    func moved(_ secret: KeySecret, text: String, sealed: Data) throws -> KeySecret {
        KeySecret(
            id: try newestID(of: text),
            service: secret.service,
            sealed: sealed,
            hint: secret.hint,
            createdAt: secret.createdAt,
            expiresAt: secret.expiresAt,
            lastUsedAt: secret.lastUsedAt
        )
    }

    private func seal(_ text: String, for service: String, at now: Timestamp) throws -> KeySecret {
        KeySecret(
            id: try newestID(of: text),
            service: service,
            sealed: try environment.seal(text.utf8, for: KeySecret.table, service),
            hint: text.prefix(8) + "…",
            createdAt: now
        )
    }

    private static func key(_ name: KMS.ServiceName, in tables: any Tables) throws -> ServiceKey {
        guard let key = try tables.find(ServiceKey.self, name.text) else {
            throw Failure(.notFound, "There is no API key of \"\(name.text)\".")
        }
        return key
    }

    /// A secret that dies sooner already keeps its time.
    private static func retire(_ secret: KeySecret, overlap: Duration, at now: Timestamp, in tables: any Tables) throws
    {
        let end = min(now + overlap, secret.expiresAt ?? now + overlap)
        guard end > now else { return try tables.delete(KeySecret.self, secret.id) }
        var retired = secret
        retired.expiresAt = end
        try tables.save(retired)
    }

    private static func describe(_ key: ServiceKey, at now: Timestamp, in tables: any Tables) throws
        -> KMS.KeyDescription
    {
        let secrets = try tables.all(KeySecret.self, of: key.id)
        return KMS.KeyDescription(
            serviceName: key.id,
            prefix: secrets.first { $0.expiresAt == nil }?.hint ?? "",
            roles: key.roles,
            scopes: key.scopes,
            createdAt: key.createdAt.seconds,
            rotatedAt: key.rotatedAt?.seconds,
            expiresAt: key.validUntil?.seconds,
            lastUsedAt: secrets.compactMap(\.lastUsedAt).max()?.seconds,
            previousUntil: secrets.compactMap(\.expiresAt).filter { $0 > now }.max()?.seconds
        )
    }
}
