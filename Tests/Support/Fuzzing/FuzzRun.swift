// How long a fuzzer runs, and with which dice: a moment in every run of the tests, FOUNTAIN_FUZZ_SECONDS where more is wanted (`make fuzz`). The
// seed is new with each run and printed; with FOUNTAIN_SEED it is played again, with FOUNTAIN_CASE one case of it, over and over.

import Foundation
package import Histories

package struct FuzzRun {
    package var dice: SeededGenerator
    private let end: ContinuousClock.Instant
    private let only: UInt64?
    private var drawn = 0

    /// `name`: whose seed it is, where it is printed.
    package init(_ name: String) {
        let environment = ProcessInfo.processInfo.environment
        let seed = environment["FOUNTAIN_SEED"].flatMap(UInt64.init) ?? .random(in: 1...999_999)
        let seconds = environment["FOUNTAIN_FUZZ_SECONDS"].flatMap(Double.init) ?? 1
        print("\(name): FOUNTAIN_SEED=\(seed)")
        dice = SeededGenerator(seed: seed)
        only = environment["FOUNTAIN_CASE"].flatMap(UInt64.init)
        end = .now + .seconds(seconds)
    }

    /// Each case is drawn from a seed of its own, which is what a failure names.
    package mutating func nextCase() -> UInt64? {
        // Where the machine stood still for that moment, there are some all the same.
        guard drawn < 50 || ContinuousClock.now < end else { return nil }
        drawn += 1
        return only ?? dice.next()
    }
}
