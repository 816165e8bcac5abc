// When an open loop asks: at its rate, within its time, at random, and the same again for the same randomness.

import Ecosystem
import Testing

@Suite struct ArrivalsTests {
    @Test(arguments: [1.0, 50, 2_000])
    func `as many come as the rate says, all within the time and in order`(_ rate: Double) {
        let length = Duration.seconds(1_000 / rate * 4)
        let times = Array(Arrivals(rate: rate, for: length, using: Numbers(seed: 7)))
        // Four thousand, give or take three times their root.
        #expect((3_810...4_190).contains(times.count), "\(times.count)")
        #expect(times.allSatisfy { $0 >= .zero && $0 < length })
        #expect(zip(times, times.dropFirst()).allSatisfy { $0 <= $1 })
    }

    @Test func `gaps are those of users who do not know of each other`() {
        let times = Array(Arrivals(rate: 100, for: .seconds(100), using: Numbers(seed: 3)))
        let gaps = zip(times, times.dropFirst()).map { ($1 - $0) / .seconds(1) }
        // Of exponential gaps 63 in 100 are shorter than the mean; of regular ones none or all.
        let short = Double(gaps.count { $0 < 0.01 }) / Double(gaps.count)
        #expect(abs(short - 0.632) < 0.02, "\(short)")
    }

    @Test func `the same randomness gives the same times`() {
        func times(_ seed: UInt64) -> [Duration] {
            Array(Arrivals(rate: 9, for: .seconds(9), using: Numbers(seed: seed)))
        }
        #expect(times(1) == times(1))
        #expect(times(1) != times(2))
    }
}

/// Knuth's linear congruential generator: enough for a schedule.
private struct Numbers: RandomNumberGenerator, Sendable {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        func half() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 32
        }
        return half() << 32 | half()
    }
}
