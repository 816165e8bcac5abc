// Which signing key signs, which are published, and when a new one is due. Pure: keys and the time in, an answer out.
//
//     key 1   published ── signs ──────────────────────┐ retired: kept while its tokens live ┐ gone
//     key 2                     published ─── lead ─── signs ───────────────────────────────────…
//
// A key is published before it signs, so that no verifier meets a `kid` that its cached key set lacks. The order of keys is that in which
// they were made (`generation`), never that of their times: a clock that was put right must neither leave nobody to sign nor bring a
// retired key back.

struct SigningKeySchedule {
    let lifetime: Duration
    let lead: Duration
    /// The longest life of a token.
    let tokenLifetime: Duration

    /// The newest key whose time has come; where none's has, the first in line: there is always somebody to sign.
    func signer(of keys: [SigningKey], at now: Timestamp) -> SigningKey? {
        let line = Self.line(keys)
        return line.last { $0.signsFrom <= now } ?? line.first
    }

    /// Whether a new key has to be published now: there is none, or the newest has had its time.
    func isKeyDue(_ keys: [SigningKey], at now: Timestamp) -> Bool {
        guard let newest = Self.line(keys).last else { return true }
        return newest.signsFrom + lifetime <= now
    }

    /// When a key that is published now begins to sign: at once where there is no other.
    func start(besides keys: [SigningKey], at now: Timestamp) -> Timestamp {
        Self.line(keys).isEmpty ? now : now + lead
    }

    /// The keys as they have to stand now: no time further ahead than a rule can have put it, who has been followed retired, and without
    /// those that no living token can have been signed with.
    func settled(_ keys: [SigningKey], at now: Timestamp) -> [SigningKey] {
        let plausible = keys.map { bounded($0, at: now) }
        let signer = signer(of: plausible, at: now)
        return plausible.map { retired($0, before: signer) }.filter { !isOutlived($0, at: now) }
    }

    /// How long a key's tokens go on counting, if nothing happens; nil where nothing ends that.
    func timeLeft(of key: SigningKey, at now: Timestamp) -> Duration? {
        key.retiredAt.map { now.distance(to: $0 + tokenLifetime) }
    }

    /// Whether the key can have signed a token of these times (Unix seconds) in good faith.
    func canHaveSigned(_ key: SigningKey, issuedAt: Int, expiresAt: Int, at now: Timestamp) -> Bool {
        let (life, overflow) = expiresAt.subtractingReportingOverflow(issuedAt)
        guard !overflow, life <= tokenLifetime.components.seconds else { return false }
        guard let retiredAt = key.retiredAt else { return true }
        return issuedAt <= retiredAt.seconds && !isOutlived(key, at: now)
    }

    private func isOutlived(_ key: SigningKey, at now: Timestamp) -> Bool {
        key.retiredAt.map { $0 + tokenLifetime <= now } ?? false
    }

    private func bounded(_ key: SigningKey, at now: Timestamp) -> SigningKey {
        let isAhead = max(key.publishedAt, key.retiredAt ?? key.publishedAt) > now + Timestamp.tolerance
        guard isAhead || key.signsFrom > now + lead + Timestamp.tolerance else { return key }
        var key = key
        key.publishedAt = min(key.publishedAt, now)
        key.signsFrom = min(key.signsFrom, now + lead)
        key.retiredAt = key.retiredAt.map { min($0, now) }
        return key
    }

    private func retired(_ key: SigningKey, before signer: SigningKey?) -> SigningKey {
        guard let signer, key.retiredAt == nil, key.generation < signer.generation else { return key }
        var key = key
        key.retiredAt = signer.signsFrom
        return key
    }

    /// Those that have not been retired, oldest first.
    private static func line(_ keys: [SigningKey]) -> [SigningKey] {
        keys.filter { $0.retiredAt == nil }.sorted { ($0.generation, $0.id) < ($1.generation, $1.id) }
    }
}
