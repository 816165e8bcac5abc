// Random JSON from a seed, and random damage to it.

import Bus

struct JSONMaker {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

    /// SplitMix64.
    private mutating func next(below bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
    }

    mutating func value(depth: Int) -> JSONValue {
        switch next(below: depth > 0 ? 8 : 6) {
        case 0: .null
        case 1: .bool(next(below: 2) == 0)
        case 2: .integer(next(below: 1 << 40) - 1 << 39)
        case 3: .number(Double(next(below: 1 << 30)) / 1024)
        case 4, 5: .string(text())
        case 6: .array((0..<next(below: 5)).map { _ in value(depth: depth - 1) })
        default:
            .object(Dictionary((0..<next(below: 20)).map { _ in (text(), value(depth: depth - 1)) }) { $1 })
        }
    }

    private mutating func text() -> String {
        let alphabet = Array("abcXYZ09 _-/\\\"\n\t\u{1}\u{7F}é€😀e\u{301}\u{2028}")
        return String((0..<next(below: 12)).map { _ in alphabet[next(below: alphabet.count)] })
    }

    /// One byte replaced, removed or put in.
    mutating func changed(_ text: [UInt8]) -> [UInt8] {
        let bytes = Array(#"{}[]",:\0123456789.eE+-truefalsn /"#.utf8) + [0, 0x1F, 0x80, 0xC3, 0xFF]
        var text = text
        let at = next(below: text.count)
        switch next(below: 3) {
        case 0: text[at] = bytes[next(below: bytes.count)]
        case 1: text.remove(at: at)
        default: text.insert(bytes[next(below: bytes.count)], at: at)
        }
        return text
    }
}
