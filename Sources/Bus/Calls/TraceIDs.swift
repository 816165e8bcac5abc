// Random numbers for trace and span ids, without a system call for each: SplitMix64 from a counter that begins where the system's
// generator says.
//
//   id = mix(seed + n · step)     n: one atomic addition, from any thread; seed: 64 random bits a process
//
// A second seed is mixed in, so that two processes whose counters meet still give different ids. Anybody who sees some ids can tell the
// next: they name requests and must not be used to protect anything.

internal import Synchronization

enum TraceIDs {
    private static let counter = Atomic<UInt64>(.random(in: 0...(.max)))
    private static let seed = UInt64.random(in: 0...(.max))
    private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15

    static func next() -> UInt64 {
        mix(mix(counter.wrappingAdd(step, ordering: .relaxed).newValue) ^ seed)
    }

    /// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): every bit of the input changes half the bits of the output.
    private static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
