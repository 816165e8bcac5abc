// Which old element a new one is, or is a version of.
//
//   1  those that say the same, in the same order (`Alignment`)
//   2  of the rest those that say what nobody else says: they have moved, and take along their neighbours that still are
//   3  of the rest those that stand between the same neighbours, with the most words in common: they have changed
//
// Whoever is left on the old side has gone, on the new side is new.

struct Matching {
    /// Of each new element, its old one.
    private(set) var partners: [Int?]
    private var isTaken: [Bool]
    private let old: [Element]
    private let new: [Element]
    private let olds: [Int]
    private let news: [Int]

    init(_ old: [Element], _ new: [Element]) {
        var numbers: [[UInt8]: Int] = [:]
        func number(_ element: Element) -> Int {
            let content = element.content
            if let known = numbers[content] { return known }
            numbers[content] = numbers.count
            return numbers.count - 1
        }
        (self.old, self.new) = (old, new)
        olds = old.map(number)
        news = new.map(number)
        partners = Alignment.partners(of: news, in: olds)
        isTaken = Array(repeating: false, count: old.count)
        for partner in partners { if let partner { isTaken[partner] = true } }
        matchMoved()
        matchChanged()
    }

    private mutating func pair(_ one: Int, _ other: Int) {
        partners[other] = one
        isTaken[one] = true
    }

    private func isFree(_ one: Int, _ other: Int) -> Bool {
        old.indices.contains(one) && new.indices.contains(other) && !isTaken[one] && partners[other] == nil
    }

    // MARK: What has moved

    private mutating func matchMoved() {
        let (lone, others) = (Self.lone(old.indices.filter { !isTaken[$0] }, olds), Self.lone(unmatched, news))
        let pairs = others.compactMap { number, other in lone[number].map { ($0, other) } }.sorted { $0.1 < $1.1 }
        for (one, other) in pairs where isFree(one, other) {
            pair(one, other)
            for step in [-1, 1] {
                var distance = step
                while isFree(one + distance, other + distance), olds[one + distance] == news[other + distance] {
                    pair(one + distance, other + distance)
                    distance += step
                }
            }
        }
    }

    private var unmatched: [Int] { new.indices.filter { partners[$0] == nil } }

    /// Of the values that stand at one of these places only, the place.
    private static func lone(_ places: [Int], _ values: [Int]) -> [Int: Int] {
        Dictionary(places.map { (values[$0], $0) }) { _, _ in -1 }.filter { $0.value >= 0 }
    }

    // MARK: What has changed

    private mutating func matchChanged() {
        var start = 0
        while start < new.count {
            guard partners[start] == nil else {
                start += 1
                continue
            }
            let end = new[start...].indices.first { partners[$0] != nil } ?? new.count
            let candidates = candidates(
                between: start > 0 ? partners[start - 1] ?? -1 : -1,
                end < new.count ? partners[end] ?? old.count : old.count
            )
            for (one, other) in Likeness.pairs(candidates.map { old[$0] }, Array(new[start..<end])) {
                pair(candidates[one], start + other)
            }
            start = end
        }
    }

    /// The free old elements right behind one and right before another, in their order.
    private func candidates(between left: Int, _ right: Int) -> [Int] {
        let behind = (left + 1..<max(left + 1, old.count)).prefix { !isTaken[$0] }
        let before = (0..<right).reversed().prefix { !isTaken[$0] }
        return Set(behind).union(before).sorted()
    }
}
