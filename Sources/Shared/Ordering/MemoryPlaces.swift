// The places of one list in memory: the reference that the tables are held against, and what a store without a file is made of.

package final class MemoryPlaces: PlaceTable {
    private var sorted: [Int64] = []
    /// By level, then by block; what holds nothing is not there.
    private var blocks = Array(repeating: [Int64: Int](), count: PlaceSpace.shifts.count)
    /// What its owner keeps by place is to move as well.
    private var moves: [Respacing.Move] = []

    package init() {}

    package func copy() -> MemoryPlaces {
        let copy = MemoryPlaces()
        (copy.sorted, copy.blocks, copy.moves) = (sorted, blocks, moves)
        return copy
    }

    /// Which places the list has moved since this was last asked.
    package func takeMoves() -> [Respacing.Move] {
        defer { moves = [] }
        return moves
    }

    package func insert(_ place: Int64) { sorted.insert(place, at: index(of: place)) }

    package func remove(_ place: Int64) {
        let index = index(of: place)
        if index < sorted.count, sorted[index] == place { sorted.remove(at: index) }
    }

    package func first(in range: Range<Int64>) -> Int64? { slice(range).first }
    package func last(in range: Range<Int64>) -> Int64? { slice(range).last }
    package func count(in range: Range<Int64>) -> Int { slice(range).count }
    package func places(in range: Range<Int64>) -> [Int64] { Array(slice(range)) }

    package func place(at offset: Int, in range: Range<Int64>) -> Int64? {
        let slice = slice(range)
        return offset < slice.count ? slice[slice.startIndex + offset] : nil
    }

    package func move(_ moves: [Respacing.Move]) {
        for move in moves { remove(move.from) }
        for move in moves { insert(move.to) }
        self.moves += moves
    }

    package func sum(level: Int, slots: Range<Int64>) -> Int {
        held(level, slots).reduce(0) { $0 + $1.count }
    }

    package func block(holding offset: Int, level: Int, slots: Range<Int64>) -> (slot: Int64, before: Int)? {
        var before = 0
        for (slot, count) in held(level, slots).sorted(by: { $0.slot < $1.slot }) {
            guard offset >= before + count else { return (slot, before) }
            before += count
        }
        return nil
    }

    package func add(_ count: Int, level: Int, slot: Int64) {
        let sum = blocks[level][slot, default: 0] + count
        blocks[level][slot] = sum == 0 ? nil : sum
    }

    /// Looks at what is there or at what was asked for, whichever is less.
    private func held(_ level: Int, _ slots: Range<Int64>) -> [(slot: Int64, count: Int)] {
        guard blocks[level].count > slots.count else {
            return blocks[level].filter { slots.contains($0.key) }.map { ($0.key, $0.value) }
        }
        return slots.compactMap { slot in blocks[level][slot].map { (slot, $0) } }
    }

    private func slice(_ range: Range<Int64>) -> ArraySlice<Int64> {
        sorted[index(of: range.lowerBound)..<index(of: range.upperBound)]
    }

    /// Where a place stands or would stand.
    private func index(of place: Int64) -> Int {
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < place { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
