// The numbers that order a list: places, and the blocks in which they are counted.
//
//     place     0 … 2^50 - 1; only their order means something. A list begins in the middle and grows to both sides by `gap`.
//     block     all places that agree in their upper bits: level 0 in bits 22 and above, level 1 in bits 29 and above, … level 3 in
//               bits 43 and above. A block of one level holds 128 of the level below it.
//
//     level 3   |      slot 64        |      slot 65        |           at most 128 in all
//     level 2   |..|..|.. 128 ..|..|..|..|..|.. 128 ..|..|..|
//     level 1   …
//     level 0   …  64 elements each, where nobody has ever inserted between others
//
// 50 bits, because every JSON reader takes an integer below 2^53 exactly (RFC 8259 §6).

package enum PlaceSpace {
    package static let bits = 50
    /// No place is this large.
    package static let end: Int64 = 1 << bits
    /// Where the first element of a list is put.
    package static let middle: Int64 = 1 << (bits - 1)
    /// What lies between an element and one appended behind it: sixteen insertions at the same spot find room without moving anybody.
    package static let gap: Int64 = 1 << 16
    /// By how many bits a place is shifted to find its block, level 0 first.
    package static let shifts: [Int64] = [22, 29, 36, 43]
    /// So many blocks of a level have the same block above them; of the highest level there are no more.
    package static let siblings: Int64 = 128

    /// The block of a level that a place lies in.
    package static func slot(of place: Int64, level: Int) -> Int64 { place >> shifts[level] }

    /// The first block of a level that has the same block above it as `slot`.
    static func firstSibling(of slot: Int64, level: Int) -> Int64 {
        guard level + 1 < shifts.count else { return 0 }
        let bits = shifts[level + 1] - shifts[level]
        return (slot >> bits) << bits
    }

    /// The blocks of a level, as a range.
    static func end(ofLevel level: Int) -> Int64 { end >> shifts[level] }
}
