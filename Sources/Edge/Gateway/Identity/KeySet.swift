// The public keys that tokens are verified with, fetched over the bus and kept.
//
//     kid known ──> the key        kid unknown ──> fetch, at most once a second ──> the key, or no such key
//
// A key that its issuer withdraws is gone here after `refreshAfter`; where the issuer is not there, what is known goes on counting.
// A key that is known is given without waiting: every request with a token asks for one, from any thread.
// A `kid` that is not in the set is never answered with another key. Fetches that are wanted at the same time are one fetch.

internal import Bus
internal import Logging
internal import Secrets
internal import Synchronization

final class KeySet: Sendable {
    typealias Fetch = @Sendable () async throws -> [UInt8]

    static let shortestPause: Duration = .seconds(1)
    static let refreshAfter: Duration = .seconds(60)

    private struct State: Sendable {
        var keys: [String: Ed25519.PublicKey] = [:]
        var lastAttempt: ContinuousClock.Instant?
        /// Whether the last attempt to fetch succeeded: only then an unknown name is known not to exist.
        var isCurrent = false
        var fetching: Task<Void, Never>?

        func isOlder(than age: Duration, at now: ContinuousClock.Instant) -> Bool {
            lastAttempt.map { $0.duration(to: now) >= age } ?? true
        }

        func freshKey(_ keyID: String, at now: ContinuousClock.Instant) -> Ed25519.PublicKey? {
            isOlder(than: refreshAfter, at: now) ? nil : keys[keyID]
        }
    }

    private let fetch: Fetch
    private let now: @Sendable () -> ContinuousClock.Instant
    private let logger: Logger
    private let state = Mutex(State())

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
        let now = now()
        if let key = state.withLock({ $0.freshKey(keyID, at: now) }) { return key }
        await fetchUnderWay(at: now)?.value
        let (key, isCurrent) = state.withLock { ($0.keys[keyID], $0.isCurrent) }
        guard key != nil || isCurrent else { throw .undecided }
        return key
    }

    /// The fetch to wait for, begun now where it is time; nil where the last one was too short a while ago.
    private func fetchUnderWay(at now: ContinuousClock.Instant) -> Task<Void, Never>? {
        state.withLock { state in
            if let task = state.fetching { return task }
            guard state.isOlder(than: Self.shortestPause, at: now) else { return nil }
            state.lastAttempt = now
            let task = Task { await self.load() }
            state.fetching = task
            return task
        }
    }

    private func load() async {
        let keys: [String: Ed25519.PublicKey]?
        do {
            keys = try Self.keys(in: try await fetch())
        } catch {
            keys = nil
            logger.warning("the keys for verifying tokens could not be fetched", metadata: ["error": "\(error)"])
        }
        state.withLock { state in
            if let keys { state.keys = keys }
            state.isCurrent = keys != nil
            state.fetching = nil
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
