// Which of a few elements became which of a few others: in order, as many as can be, and of these the likest.

import Contracts

enum Likeness {
    /// Above so many pairs to look at, likeness is not looked at.
    private static let mostCells = 1 << 14
    /// So many words of a text are compared.
    private static let mostWords = 64

    /// Pairs of places. Both sides rise, and a pair has one element type.
    static func pairs(_ old: [Element], _ new: [Element]) -> [(Int, Int)] {
        guard !old.isEmpty, !new.isEmpty else { return [] }
        guard old.count * new.count <= mostCells else { return pairsInOrder(old, new) }
        let (olds, news) = (old.map(words), new.map(words))
        let width = new.count + 1
        var best = [Int](repeating: 0, count: (old.count + 1) * width)
        func score(_ one: Int, _ other: Int) -> Int {
            guard old[one].type == new[other].type else { return 0 }
            return best[(one + 1) * width + other + 1] + (old[one].kind == new[other].kind ? 1_000 : 500)
                + likeness(olds[one], news[other])
        }
        for one in old.indices.reversed() {
            for other in new.indices.reversed() {
                let skipped = max(best[(one + 1) * width + other], best[one * width + other + 1])
                best[one * width + other] = max(skipped, score(one, other))
            }
        }
        return path(old.count, new.count) { best[$0 * width + $1] }
    }

    /// The way through the table that has made its first number.
    private static func path(_ rows: Int, _ columns: Int, _ best: (Int, Int) -> Int) -> [(Int, Int)] {
        var (one, other, pairs): (Int, Int, [(Int, Int)]) = (0, 0, [])
        while one < rows, other < columns {
            if best(one, other) == best(one + 1, other) {
                one += 1
            } else if best(one, other) == best(one, other + 1) {
                other += 1
            } else {
                pairs.append((one, other))
                (one, other) = (one + 1, other + 1)
            }
        }
        return pairs
    }

    /// As many as there are of one type after the other.
    private static func pairsInOrder(_ old: [Element], _ new: [Element]) -> [(Int, Int)] {
        func numbers(_ elements: [Element]) -> [Int] {
            elements.map { ElementType.allCases.firstIndex(of: $0.type) ?? 0 }
        }
        let partners = Alignment.partners(of: numbers(new), in: numbers(old))
        return partners.enumerated().compactMap { other, one in one.map { ($0, other) } }
    }

    /// Of 1,000: how many words two texts have in common.
    private static func likeness(_ one: Set<[UInt8]>, _ other: Set<[UInt8]>) -> Int {
        let all = one.union(other).count
        return all == 0 ? 999 : 999 * one.intersection(other).count / all
    }

    private static func words(_ element: Element) -> Set<[UInt8]> {
        let bytes = Array(element.text.utf8.prefix(4_096))
        return Set(bytes.split { $0.isBlank || $0 == 0x0A }.prefix(mostWords).map(Array.init))
    }
}
