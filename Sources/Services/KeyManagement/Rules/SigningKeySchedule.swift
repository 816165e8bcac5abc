// Which signing key signs, which are published, and when a new one is due. Pure: keys and the time in, an answer out.
//
//     key 1   published ── signs ──────────────────────┐ kept while its tokens live ┐ gone
//     key 2                     published ─── lead ─── signs ─────────────────────────────…
//
// A key is published before it signs, so that no verifier meets a `kid` that its cached key set lacks.

struct SigningKeySchedule {
    let lifetime: Duration
    let lead: Duration
    let tokenLifetime: Duration

    /// The newest key that may sign already.
    func signer(of keys: [SigningKey], at now: Timestamp) -> SigningKey? {
        keys.filter { $0.signsFrom <= now }.max { ($0.signsFrom, $0.id) < ($1.signsFrom, $1.id) }
    }

    /// Whether a new key has to be published now: there is none, or the newest has had its time.
    func isKeyDue(_ keys: [SigningKey], at now: Timestamp) -> Bool {
        guard let newest = keys.map(\.signsFrom).max() else { return true }
        return newest + lifetime <= now
    }

    /// When a key that is published now begins to sign: at once where there is no other.
    func start(besides keys: [SigningKey], at now: Timestamp) -> Timestamp {
        signer(of: keys, at: now) == nil ? now : now + lead
    }

    /// The keys that no living token can have been signed with.
    func outlived(_ keys: [SigningKey], at now: Timestamp) -> [SigningKey] {
        guard let signer = signer(of: keys, at: now), signer.signsFrom + tokenLifetime + lead <= now else { return [] }
        return keys.filter { $0.signsFrom < signer.signsFrom }
    }
}
