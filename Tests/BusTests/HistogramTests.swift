// Quantiles compared with those of the sorted values themselves: never below, and at most a sixteenth above.

import Testing

@testable import Bus

@Suite struct HistogramTests {
    enum Shape: CaseIterable, Sendable {
        case uniform, exponential, spikes, small

        func value(_ generator: inout SeededGenerator) -> UInt64 {
            switch self {
            case .uniform: UInt64.random(in: 0...1_000_000, using: &generator)
            case .exponential: UInt64(1) << UInt64.random(in: 0...40, using: &generator)
            case .spikes: generator.oneIn(100) ? 5_000_000 : UInt64.random(in: 80...120, using: &generator)
            case .small: UInt64.random(in: 0...20, using: &generator)
            }
        }
    }

    /// The nearest rank: the smallest value with at least `q` of all at or below it.
    static func exact(_ q: Double, of sorted: [UInt64]) -> UInt64 {
        sorted[max(0, Int((Double(sorted.count) * q).rounded(.up)) - 1)]
    }

    @Test(arguments: Shape.allCases, UInt64(0)..<4)
    func `a quantile is never below the exact one and at most a sixteenth above it`(shape: Shape, seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let values = (0..<5_000).map { _ in shape.value(&generator) }
        var histogram = Histogram()
        for value in values { histogram.record(value) }
        let sorted = values.sorted()
        for q in [0.001, 0.25, 0.5, 0.9, 0.99, 0.999, 1] {
            let exact = Self.exact(q, of: sorted)
            let estimate = histogram.quantile(q)
            #expect(estimate >= exact && estimate <= exact + exact / 16, "q \(q)")
        }
        #expect(histogram.count == 5_000)
        #expect(histogram.max == sorted.last)
    }

    @Test func `a histogram of nothing answers zero`() {
        #expect(Histogram().quantile(0.99) == 0)
        #expect(Histogram().max == 0)
    }

    @Test(arguments: [0, 1, 15, 16, 17, 1_000, 123_456_789, UInt64(1) << 42])
    func `of one value every quantile is that value`(value: UInt64) {
        var histogram = Histogram()
        histogram.record(value)
        for q in [0, 0.5, 1] { #expect(histogram.quantile(q) == value) }
    }

    /// 2^43 microseconds are a hundred days; what is longer is counted there, and the maximum still tells it.
    @Test func `what is too long to measure is counted and does not trap`() {
        var histogram = Histogram()
        histogram.record(.max)
        #expect(histogram.count == 1)
        #expect(histogram.max == .max)
        #expect(histogram.quantile(0.5) >= UInt64(1) << 43 - 1)
    }
}
