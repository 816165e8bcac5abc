// How long a fuzzer runs, and with which dice: a moment in every run of the tests, FOUNTAIN_FUZZ_SECONDS where more is wanted (`make fuzz`). The
// seed is new with each run and printed; with FOUNTAIN_SEED it is played again.

import Foundation

struct FuzzRun {
    var dice: Dice
    private let end: ContinuousClock.Instant

    /// `name`: whose seed it is, where it is printed.
    init(_ name: String) {
        let environment = ProcessInfo.processInfo.environment
        let seed = environment["FOUNTAIN_SEED"].flatMap(UInt64.init) ?? .random(in: 1...999_999)
        let seconds = environment["FOUNTAIN_FUZZ_SECONDS"].flatMap(Double.init) ?? 1
        print("\(name): FOUNTAIN_SEED=\(seed)")
        dice = Dice(seed: seed)
        end = .now + .seconds(seconds)
    }

    /// Each case is drawn from a seed of its own, which is what a failure names.
    mutating func nextCase() -> UInt64? { ContinuousClock.now < end ? dice.next() : nil }
}

/// Reproducible randomness (SplitMix64).
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
