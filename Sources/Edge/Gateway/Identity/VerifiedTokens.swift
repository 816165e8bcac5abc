// Tokens whose signature and claims were found to be right, so that the next request with the same one need not do the sums again.
//
//     (settings, SHA-256 of the token) ──> claims, and the key that the signature was verified with
//
// It remembers that a token is genuine and nothing else: `TokenVerifier` looks at the clock and asks for the key at each hit, and whether the
// token was revoked is asked behind it, each time. Failures are not remembered: a stranger makes as many of them as he likes.
//
// Bounded in bytes. Two generations take turns: what is used moves to the young one, and when that has half of the bytes the old one goes.

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

    private struct Generations: Sendable {
        var young: [Key: (entry: Entry, cost: Int)] = [:]
        var old: [Key: (entry: Entry, cost: Int)] = [:]
        var youngCost = 0
    }

    /// What an entry takes besides what its token says: digest, settings, key and the dictionary's own.
    private static let overhead = 512

    private let limit: Int
    private let generations = Mutex(Generations())

    /// - Parameter limit: Bytes; 0 remembers nothing.
    init(limit: Int) { self.limit = limit }

    var count: Int { generations.withLock { $0.young.count + $0.old.count } }

    func entry(_ key: Key) -> Entry? {
        generations.withLock { generations in
            if let found = generations.young[key] { return found.entry }
            guard let found = generations.old.removeValue(forKey: key) else { return nil }
            insert(found, key, &generations)
            return found.entry
        }
    }

    /// Remembers a token of `size` bytes, which bound what its claims can hold.
    func insert(_ entry: Entry, _ key: Key, size: Int) {
        generations.withLock { insert((entry, size + Self.overhead), key, &$0) }
    }

    func remove(_ key: Key) {
        generations.withLock { generations in
            generations.old[key] = nil
            if let removed = generations.young.removeValue(forKey: key) { generations.youngCost -= removed.cost }
        }
    }

    private func insert(_ new: (entry: Entry, cost: Int), _ key: Key, _ generations: inout Generations) {
        guard new.cost <= limit / 2 else { return }
        if generations.youngCost + new.cost > limit / 2 {
            generations.old = generations.young
            (generations.young, generations.youngCost) = ([:], 0)
        }
        generations.old[key] = nil
        let replaced = generations.young.updateValue(new, forKey: key)
        generations.youngCost += new.cost - (replaced?.cost ?? 0)
    }
}
