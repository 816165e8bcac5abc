// The public keys that tokens are verified with, fetched over the bus and kept.
//
//     kid known ──> the key        kid unknown ──> fetch, at most once a second ──> the key, or no such key
//
// A key that its issuer withdraws is gone here after `refreshAfter`; where the issuer is not there, what is known goes on counting.
// A `kid` that is not in the set is never answered with another key. Fetches that are wanted at the same time are one fetch.

internal import Bus
internal import Logging
internal import Secrets

actor KeySet {
    typealias Fetch = @Sendable () async throws -> [UInt8]

    static let shortestPause: Duration = .seconds(1)
    static let refreshAfter: Duration = .seconds(60)

    private let fetch: Fetch
    private let now: @Sendable () -> ContinuousClock.Instant
    private let logger: Logger
    private var keys: [String: Ed25519.PublicKey] = [:]
    private var lastAttempt: ContinuousClock.Instant?
    /// Whether the last attempt to fetch succeeded: only then an unknown name is known not to exist.
    private var isCurrent = false
    private var fetching: Task<Void, Never>?

    init(
        fetch: @escaping Fetch,
        logger: Logger,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.fetch = fetch
        self.now = now
        self.logger = logger
    }

    /// The key of that name, nil where there is none.
    ///
    /// - Throws: Where it cannot be found out.
    func key(_ keyID: String) async throws(Refused) -> Ed25519.PublicKey? {
        if let key = keys[keyID], !isOlder(than: Self.refreshAfter) { return key }
        if isOlder(than: Self.shortestPause) || fetching != nil { await refresh() }
        if let key = keys[keyID] { return key }
        guard isCurrent else { throw .undecided }
        return nil
    }

    private func isOlder(than age: Duration) -> Bool {
        lastAttempt.map { $0.duration(to: now()) >= age } ?? true
    }

    private func refresh() async {
        let task = fetching ?? begin()
        await task.value
    }

    private func begin() -> Task<Void, Never> {
        lastAttempt = now()
        let task = Task { await self.load() }
        fetching = task
        return task
    }

    private func load() async {
        defer { fetching = nil }
        do {
            keys = try Self.keys(in: try await fetch())
            isCurrent = true
        } catch {
            isCurrent = false
            logger.warning("the keys for verifying tokens could not be fetched", metadata: ["error": "\(error)"])
        }
    }

    struct NotAKeySet: Error {}

    /// The Ed25519 signing keys of a JWKS; others are passed over, as RFC 7517 §5 asks.
    private static func keys(in bytes: [UInt8]) throws -> [String: Ed25519.PublicKey] {
        guard case .object(let set) = try JSONReader.read(bytes), case .array(let entries)? = set["keys"] else {
            throw NotAKeySet()
        }
        var keys: [String: Ed25519.PublicKey] = [:]
        for case .object(let entry) in entries {
            guard entry["kty"] == .string("OKP"), entry["crv"] == .string("Ed25519"),
                [nil, .string("EdDSA")].contains(entry["alg"]), [nil, .string("sig")].contains(entry["use"]),
                case .string(let keyID)? = entry["kid"], case .string(let x)? = entry["x"],
                let key = Base64URL.decode(x).flatMap(Ed25519.PublicKey.init)
            else { continue }
            keys[keyID] = key
        }
        return keys
    }
}
