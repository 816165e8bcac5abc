// Which elements of two lists are the same: the pairs of a long common subsequence, found in bounded time.
//
//   equal ends ──> lines that stand once on both sides (patience), between which it goes on ──> few: exactly; many: as often as they come
//
// Lists are of numbers, equal for what is equal. Time is O(n log n) a level, at most `deepest` levels, and `mostCells` a gap.

struct Alignment {
    private static let deepest = 40
    private static let mostCells = 1 << 18

    private struct Gap {
        let old: Range<Int>
        let new: Range<Int>
        let depth: Int
    }

    private let old: [Int]
    private let new: [Int]
    private var gaps: [Gap]
    /// Of each new one, its old one.
    private var partners: [Int?]

    static func partners(of new: [Int], in old: [Int]) -> [Int?] {
        var alignment = Alignment(old, new)
        while let gap = alignment.gaps.popLast() { alignment.align(gap) }
        return alignment.partners
    }

    private init(_ old: [Int], _ new: [Int]) {
        (self.old, self.new) = (old, new)
        gaps = [Gap(old: 0..<old.count, new: 0..<new.count, depth: 0)]
        partners = Array(repeating: nil, count: new.count)
    }

    private mutating func align(_ gap: Gap) {
        let rest = withoutEqualEnds(gap)
        guard !rest.old.isEmpty, !rest.new.isEmpty else { return }
        let anchors = rest.depth < Self.deepest ? anchors(rest, byOccurrence: false) : []
        if !anchors.isEmpty { return split(rest, at: anchors) }
        if rest.old.count * rest.new.count <= Self.mostCells { return alignExactly(rest) }
        for anchor in self.anchors(rest, byOccurrence: true) { partners[anchor.new] = anchor.old }
    }

    private mutating func withoutEqualEnds(_ gap: Gap) -> Gap {
        var (old, new) = (gap.old, gap.new)
        while let one = old.first, let other = new.first, self.old[one] == self.new[other] {
            partners[other] = one
            (old, new) = (old.dropFirst(), new.dropFirst())
        }
        while let one = old.last, let other = new.last, self.old[one] == self.new[other] {
            partners[other] = one
            (old, new) = (old.dropLast(), new.dropLast())
        }
        return Gap(old: old, new: new, depth: gap.depth + 1)
    }

    private mutating func split(_ gap: Gap, at anchors: [(old: Int, new: Int)]) {
        var (old, new) = (gap.old.lowerBound, gap.new.lowerBound)
        for anchor in anchors {
            partners[anchor.new] = anchor.old
            gaps.append(Gap(old: old..<anchor.old, new: new..<anchor.new, depth: gap.depth))
            (old, new) = (anchor.old + 1, anchor.new + 1)
        }
        gaps.append(Gap(old: old..<gap.old.upperBound, new: new..<gap.new.upperBound, depth: gap.depth))
    }
}

// MARK: - Anchors

extension Alignment {
    private struct Occurrence: Hashable {
        let value: Int
        let count: Int
    }

    /// Pairs that rise on both sides: of what stands once on each, or of what stands there for the same time.
    private func anchors(_ gap: Gap, byOccurrence: Bool) -> [(old: Int, new: Int)] {
        let (olds, news) = (places(old, gap.old, byOccurrence), places(new, gap.new, byOccurrence))
        let pairs = news.compactMap { key, place in olds[key].map { (old: $0, new: place) } }.sorted { $0.new < $1.new }
        return LongestRise.indices(of: pairs.map(\.old)).map { pairs[$0] }
    }

    private func places(_ list: [Int], _ range: Range<Int>, _ byOccurrence: Bool) -> [Occurrence: Int] {
        var (places, counts): ([Occurrence: Int], [Int: Int]) = ([:], [:])
        for place in range {
            let count = counts[list[place], default: 0]
            counts[list[place]] = count + 1
            places[Occurrence(value: list[place], count: count)] = place
        }
        return byOccurrence ? places : places.filter { counts[$0.key.value] == 1 }
    }

    /// The longest common subsequence, by its table.
    private mutating func alignExactly(_ gap: Gap) {
        let (olds, news) = (Array(old[gap.old]), Array(new[gap.new]))
        let width = news.count + 1
        var best = [Int32](repeating: 0, count: (olds.count + 1) * width)
        for one in olds.indices.reversed() {
            for other in news.indices.reversed() {
                best[one * width + other] =
                    olds[one] == news[other]
                    ? best[(one + 1) * width + other + 1] + 1
                    : max(best[(one + 1) * width + other], best[one * width + other + 1])
            }
        }
        var (one, other) = (0, 0)
        while one < olds.count, other < news.count {
            if olds[one] == news[other] {
                partners[gap.new.lowerBound + other] = gap.old.lowerBound + one
                (one, other) = (one + 1, other + 1)
            } else if best[(one + 1) * width + other] >= best[one * width + other + 1] {
                one += 1
            } else {
                other += 1
            }
        }
    }
}

enum LongestRise {
    /// Which of some numbers to keep, so that the most are left and they rise. O(n log n).
    static func indices(of numbers: [Int]) -> [Int] {
        /// Of each length, the index of the smallest number that ends a rise of it.
        var ends: [Int] = []
        var before = [Int?](repeating: nil, count: numbers.count)
        for (index, number) in numbers.enumerated() {
            var (low, high) = (0, ends.count)
            while low < high {
                let middle = (low + high) / 2
                if numbers[ends[middle]] < number { low = middle + 1 } else { high = middle }
            }
            before[index] = low > 0 ? ends[low - 1] : nil
            if low < ends.count { ends[low] = index } else { ends.append(index) }
        }
        var rise: [Int] = []
        var next = ends.last
        while let index = next {
            rise.append(index)
            next = before[index]
        }
        return rise.reversed()
    }
}
