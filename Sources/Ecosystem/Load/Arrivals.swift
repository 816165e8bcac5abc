// When the requests of an open loop are due: at random, independent of each other, as those of many users are (a Poisson process).
//
// It knows nothing of answers, and that is the point: who asks only after an answer leaves out of his figures the time in which the
// server stood still ("coordinated omission").

import Foundation

package struct Arrivals<Generator: RandomNumberGenerator & Sendable>: Sequence, IteratorProtocol, Sendable {
    private let meanGap: Double
    private let length: Duration
    private var at = Duration.zero
    private var generator: Generator

    /// `rate` is that of a second, on average; above 0.
    package init(rate: Double, for length: Duration, using generator: Generator) {
        meanGap = 1 / rate
        self.length = length
        self.generator = generator
    }

    /// From the beginning; nil once `length` is over.
    package mutating func next() -> Duration? {
        // Above 0, at most 1: the logarithm of 0 would be a gap without end.
        let chance = 1 - Double.random(in: 0..<1, using: &generator)
        at += .seconds(-log(chance) * meanGap)
        return at < length ? at : nil
    }
}
