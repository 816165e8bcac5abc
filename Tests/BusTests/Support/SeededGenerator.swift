// Reproducible randomness (SplitMix64): the seed is the test's argument, so a failure names it.

@testable import Bus

struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) } }

    /// True once in `n` times.
    mutating func oneIn(_ n: Int) -> Bool { Int.random(in: 1...n, using: &self) == 1 }

    mutating func pick(_ values: [UInt64]) -> UInt64 { values[Int.random(in: values.indices, using: &self)] }

    mutating func text(upTo length: Int) -> String {
        String(
            (0..<Int.random(in: 0...length, using: &self)).map { _ in "aZ0.ä雪🎭\u{0}".randomElement(using: &self) ?? "a"
            }
        )
    }

    /// A message of the kind; bit n of `fields` says whether it has the field with tag n + 1.
    mutating func envelope(_ kind: MessageKind, fields: Int = .random(in: 0...127)) -> Envelope {
        var envelope = Envelope(kind: kind, id: next(), time: next())
        if fields & 1 != 0 { envelope.name = text(upTo: 40) }
        if fields & 2 != 0 {
            envelope.trace = TraceContext(traceHigh: next(), traceLow: next(), span: next(), flags: bytes(1)[0])
        }
        if fields & 4 != 0 { envelope.principal = bytes(Int.random(in: 0...300, using: &self)) }
        if fields & 8 != 0 { envelope.idempotencyKey = text(upTo: 40) }
        if fields & 16 != 0 { envelope.epoch = next() }
        if fields & 32 != 0 { envelope.key = text(upTo: 40) }
        if fields & 64 != 0 { envelope.client = text(upTo: Envelope.maxClientSize / 4) }
        envelope.payload = bytes(Int.random(in: 0...200, using: &self))[...]
        return envelope
    }
}
