// Tokens whose signature and claims were found to be right, so that the next request with the same one need not do the sums again.
//
//     (settings, SHA-256 of the token) ──> claims, and the key that the signature was verified with
//
// It remembers that a token is genuine and nothing else: `TokenVerifier` looks at the clock and asks for the key at each hit, and whether the
// token was revoked is asked behind it, each time. Failures are not remembered: a stranger makes as many of them as he likes.

internal import Recency
internal import Secrets
internal import Synchronization

final class VerifiedTokens: Sendable {
    struct Key: Hashable, Sendable {
        let digest: [UInt8]
        let settings: TokenSettings

        init(_ token: [UInt8], _ settings: TokenSettings) {
            digest = SHA256.hash(token)
            self.settings = settings
        }
    }

    struct Entry: Sendable {
        let claims: TokenClaims
        let keyID: String
        let publicKey: Ed25519.PublicKey
    }

    /// What an entry takes besides what its token says: digest, settings, key and the dictionary's own.
    private static let overhead = 512

    private let entries: Mutex<RecentlyUsed<Key, Entry>>

    /// - Parameter limit: Bytes; 0 remembers nothing.
    init(limit: Int) { entries = Mutex(RecentlyUsed(limit: limit)) }

    var count: Int { entries.withLock { $0.count } }

    func entry(_ key: Key) -> Entry? { entries.withLock { $0.value(key) } }

    /// Remembers a token of `size` bytes, which bound what its claims can hold.
    func insert(_ entry: Entry, _ key: Key, size: Int) {
        entries.withLock { $0.insert(entry, key, size: size + Self.overhead) }
    }

    func remove(_ key: Key) { entries.withLock { $0.remove(key) } }
}
