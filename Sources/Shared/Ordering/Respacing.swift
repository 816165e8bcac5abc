// Elements that were given other places to make room between two of them. Their order is the same as before. Pure.
//
//     before   …  a b c d e .  .  .  .  .  .   …      x is to stand between c and d
//     after    …  a   b   c   x   d   e        …      evenly over the smallest block that is sparse enough
//
// How sparse a block has to be grows with its width, by a factor of `sparseness` for each doubling: then a block that was just spread
// takes many insertions before it, or one beside it, is spread again, and an insertion costs O(log n) moves on the whole, wherever
// it happens (M. A. Bender, R. Cole, E. D. Demaine, M. Farach-Colton, J. Zito, "Two simplified algorithms for maintaining order
// in a list", 2002, §2).

package struct Respacing: Sendable, Equatable {
    package struct Move: Sendable, Equatable {
        package let from: Int64
        package let to: Int64

        package init(from: Int64, to: Int64) {
            self.from = from
            self.to = to
        }
    }

    /// The block that was spread.
    package let block: Range<Int64>
    /// Every element of the block, in order, also those that stay.
    package let moves: [Move]
    /// The places that are free now for those who asked.
    let room: [Int64]

    /// The narrowest and the widest block that is looked at, as powers of two.
    static let widths = 4...PlaceSpace.bits
    private static let sparseness = 1.3

    /// Spreads the places of a block, leaving `room` between those up to `predecessor` and the others; `nil` where it is too full.
    init?(_ places: [Int64], of block: Range<Int64>, room count: Int, after predecessor: Int64?) {
        let step = Self.step(width: block.upperBound - block.lowerBound, count: places.count + count)
        guard step > 0 else { return nil }
        let slots = (1...Int64(places.count + count)).map { block.lowerBound + $0 * step }
        let before = predecessor.map { last in places.count { $0 <= last } } ?? 0
        self.block = block
        room = Array(slots[before..<before + count])
        moves = zip(places, slots[..<before] + slots[(before + count)...]).map { Move(from: $0, to: $1) }
    }

    /// Where a place of this block that no element holds any more lies now: behind all that it was behind, before all that it was before.
    package func image(of place: Int64) -> Int64 {
        guard block.contains(place) else { return place }
        let behind = moves.partition(at: place)
        return behind > 0 ? moves[behind - 1].to : block.lowerBound
    }

    /// Those that get another place, in an order in which each finds its new place free: who goes up from the top, who goes down from the
    /// bottom.
    var steps: [Move] {
        moves.reversed().filter { $0.to > $0.from } + moves.filter { $0.to < $0.from }
    }

    /// The block of 2^`width` places that a place lies in.
    static func block(around place: Int64, width: Int) -> Range<Int64> {
        let start = (place >> Int64(width)) << Int64(width)
        return start..<start + (1 << Int64(width))
    }

    /// Whether a block of 2^`width` places that holds `count` is sparse enough to be spread by itself.
    static func isSparse(width: Int, count: Int) -> Bool {
        var wanted = 2.0
        for _ in 0..<width { wanted *= sparseness }
        return Double(step(width: 1 << Int64(width), count: count)) >= wanted / 2
    }

    private static func step(width: Int64, count: Int) -> Int64 { width / (Int64(count) + 1) }
}

extension [Respacing.Move] {
    /// How many of them come from a place up to this one; they are in order.
    fileprivate func partition(at place: Int64) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle].from <= place { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
