// Buckets on a clock that is passed in: what each caller gets, what he is told of it, and that memory is bounded.

import Bus
import Testing
import Topology

@testable import Gateway

@Suite struct RateLimiterTests {
    private static let second: UInt64 = 1_000_000_000
    private let pace = TokenBucket.Pace(.init(count: 10, period: .seconds(1), burst: 3))

    private func claim(_ who: String, policy: String = "address", _ pace: TokenBucket.Pace? = nil) -> RateLimiter.Claim
    {
        .init(caller: .init(policy: policy, who: who), pace: pace ?? self.pace)
    }

    @Test func `so many at once, then one each interval`() {
        var bucket = TokenBucket()
        for left in [2, 1, 0] {
            #expect(bucket.standing(pace, at: 0).wait == 0)
            bucket.take(pace, at: 0)
            #expect(bucket.standing(pace, at: 0).remaining == left)
        }
        #expect(bucket.standing(pace, at: 0).wait == Self.second / 10)
        #expect(bucket.standing(pace, at: Self.second / 20).wait == Self.second / 20)
        #expect(bucket.standing(pace, at: Self.second / 10).remaining == 1)
        #expect(bucket.standing(pace, at: Self.second).remaining == 3)
        #expect(bucket.standing(pace, at: Self.second).reset == 0)
    }

    @Test func `over a long time nobody gets more than the rate and one burst`() {
        var limiter = RateLimiter(maxCallers: 10)
        var taken = 0
        for step in 0..<10_000 {
            let answers = limiter.take([claim("a")], at: UInt64(step) * Self.second / 1_000)
            if RateLimitFields.refusal(answers) == nil { taken += 1 }
        }
        #expect((99...103).contains(taken))
    }

    @Test func `one caller's requests are nothing to another's`() {
        var limiter = RateLimiter(maxCallers: 10)
        for _ in 0..<3 { #expect(RateLimitFields.refusal(limiter.take([claim("a")], at: 0)) == nil) }
        #expect(RateLimitFields.refusal(limiter.take([claim("a")], at: 0)) != nil)
        #expect(RateLimitFields.refusal(limiter.take([claim("b")], at: 0)) == nil)
    }

    @Test func `a request takes from all of its buckets or from none`() {
        var limiter = RateLimiter(maxCallers: 10)
        let tight = TokenBucket.Pace(.init(count: 1, period: .seconds(60), burst: 1))
        let both = [claim("a"), claim("a", policy: "kms.login", tight)]
        #expect(RateLimitFields.refusal(limiter.take(both, at: 0)) == nil)
        for _ in 0..<5 {
            let refused = RateLimitFields.refusal(limiter.take(both, at: 0))
            #expect(refused?.retryAfter == 60)
        }
        #expect(limiter.take([claim("a")], at: 0).first?.standing.remaining == 1, "of 3 one was taken, and now another")
    }

    @Test func `beyond so many callers those who were quiet longest are forgotten`() {
        var limiter = RateLimiter(maxCallers: 100)
        for number in 0..<10_000 { _ = limiter.take([claim("\(number)")], at: 0) }
        #expect(limiter.count <= 100)
        #expect(limiter.take([claim("9999")], at: 0).first?.standing.remaining == 1)
    }

    @Test func `what is left is told as the draft has it`() {
        var limiter = RateLimiter(maxCallers: 10)
        let fields = RateLimitFields.fields(limiter.take([claim("a")], at: 0))
        #expect(fields.map(\.0) == ["RateLimit-Policy", "RateLimit"])
        #expect(fields.map(\.1) == [#""address";q=3;w=1"#, #""address";r=2;t=1"#])
        #expect(RateLimitFields.fields([]).isEmpty)
    }

    @Test func `rates at the ends of what can be written hold`() {
        for (count, period, burst) in [(1, 3600, 1_000_000), (1_000_000, 1, 1), (1, 3600, 1)] {
            let pace = TokenBucket.Pace(.init(count: count, period: .seconds(period), burst: burst))
            var bucket = TokenBucket()
            #expect(bucket.standing(pace, at: .max / 4).remaining > 0)
            bucket.take(pace, at: .max / 4)
            #expect(bucket.standing(pace, at: .max / 4).remaining == burst - 1)
        }
    }
}
