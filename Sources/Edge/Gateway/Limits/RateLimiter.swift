// Who may ask now: a bucket a caller and allowance, all of a request's looked at before anything is taken from one. Pure but for its holder, below.
//
// It counts before any work is done, and takes either from all of a request's buckets or from none. Its memory is bounded: beyond so many callers
// those who were quiet longest are forgotten, which forgives them.

internal import Recency
internal import Synchronization
internal import Topology

struct RateLimiter: Sendable {
    /// Whose bucket.
    struct Caller: Hashable, Sendable {
        let policy: String
        let who: String
    }

    /// One allowance that a request falls under.
    struct Claim: Sendable {
        let caller: Caller
        let pace: TokenBucket.Pace
    }

    /// What an allowance has left after a request.
    struct Answer: Sendable, Equatable {
        let policy: String
        let pace: TokenBucket.Pace
        let standing: TokenBucket.Standing
        /// Nanoseconds until a refused request might be taken; 0 where this allowance is not what refuses it.
        let wait: UInt64
    }

    private var buckets: RecentlyUsed<Caller, TokenBucket>

    init(maxCallers: Int) { buckets = RecentlyUsed(limit: max(2, maxCallers)) }

    var count: Int { buckets.count }

    /// Takes one token for each claim, or none where one has none; then its `wait` is not 0.
    mutating func take(_ claims: [Claim], at now: UInt64) -> [Answer] {
        let held = claims.map { buckets.value($0.caller) ?? TokenBucket() }
        let before = zip(claims, held).map { claim, bucket in bucket.standing(claim.pace, at: now) }
        guard before.allSatisfy({ $0.wait == 0 }) else {
            return zip(claims, before).map { claim, standing in
                Answer(policy: claim.caller.policy, pace: claim.pace, standing: standing, wait: standing.wait)
            }
        }
        return zip(claims, held).map { claim, bucket in
            var bucket = bucket
            bucket.take(claim.pace, at: now)
            buckets.insert(bucket, claim.caller, size: 1)
            let standing = bucket.standing(claim.pace, at: now)
            return Answer(policy: claim.caller.policy, pace: claim.pace, standing: standing, wait: 0)
        }
    }
}

/// The allowances of a topology, and what is left of them.
final class Allowances: Sendable {
    private let settings: Topology.Gateway.Allowances
    private let address: TokenBucket.Pace?
    private let principal: TokenBucket.Pace?
    private let key: TokenBucket.Pace?
    private let operations: [String: TokenBucket.Pace]
    private let limiter: Mutex<RateLimiter>
    private let now: @Sendable () -> UInt64

    init(_ settings: Topology.Gateway.Allowances, now: @escaping @Sendable () -> UInt64) {
        self.settings = settings
        self.now = now
        address = settings.address.map(TokenBucket.Pace.init)
        principal = settings.principal.map(TokenBucket.Pace.init)
        key = settings.key.map(TokenBucket.Pace.init)
        operations = settings.operations.mapValues(TokenBucket.Pace.init)
        limiter = Mutex(RateLimiter(maxCallers: settings.maxCallers))
    }

    /// Before anybody is asked who this is.
    func takeAsStranger(_ client: String) -> [RateLimiter.Answer] {
        guard let address else { return [] }
        return take([
            RateLimiter.Claim(caller: .init(policy: "address", who: ClientAddress.caller(client)), pace: address)
        ])
    }

    /// Once it is known who asks for what; `subject` is nil where nobody has logged in.
    func take(_ operation: String, as subject: String?, isKey: Bool, from client: String) -> [RateLimiter.Answer] {
        var claims: [RateLimiter.Claim] = []
        if let subject, let pace = isKey ? key : principal {
            claims.append(.init(caller: .init(policy: isKey ? "key" : "principal", who: subject), pace: pace))
        }
        if let pace = operations[operation] {
            // A name that is also an address must not share its bucket.
            let who =
                subject.map { "\(isKey ? "key" : "principal") \($0)" } ?? "address \(ClientAddress.caller(client))"
            claims.append(.init(caller: .init(policy: operation, who: who), pace: pace))
        }
        return take(claims)
    }

    private func take(_ claims: [RateLimiter.Claim]) -> [RateLimiter.Answer] {
        guard !claims.isEmpty else { return [] }
        return limiter.withLock { $0.take(claims, at: now()) }
    }
}
