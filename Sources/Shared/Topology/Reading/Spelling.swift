// "Did you mean": the known word that a wrong one is most like, if it is like one at all.

enum Spelling {
    /// The candidate within reach of `word`: at most a third of its letters wrong, and never more than two.
    static func nearest(to word: String, among candidates: [String]) -> String? {
        let plain = normalised(word)
        let reach = min(2, max(1, plain.count / 3))
        let scored = candidates.map { ($0, distance(plain, normalised($0))) }
        return scored.filter { $0.1 <= reach }.min { $0.1 < $1.1 }?.0
    }

    /// The question to put behind a message; empty where there is nothing to suggest.
    static func hint(for word: String, among candidates: [String]) -> String {
        nearest(to: word, among: candidates).map { "; did you mean `\($0)`?" } ?? ""
    }

    /// Capitals, hyphens and underscores are how a word is written, not which word it is.
    private static func normalised(_ word: String) -> [Unicode.Scalar] {
        word.prefix(64).lowercased().unicodeScalars.filter { $0 != "-" && $0 != "_" }
    }

    /// Letters to change, add, drop or swap with their neighbour to come from one word to the other.
    private static func distance(_ from: [Unicode.Scalar], _ to: [Unicode.Scalar]) -> Int {
        var beforeLast = [Int](repeating: 0, count: to.count + 1)
        var last = Array(0...to.count)
        for (row, letter) in from.enumerated() {
            var current = [row + 1]
            for (column, other) in to.enumerated() {
                var best = min(last[column] + (letter == other ? 0 : 1), last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, letter == to[column - 1], from[row - 1] == other {
                    best = min(best, beforeLast[column - 1] + 1)
                }
                current.append(best)
            }
            (beforeLast, last) = (last, current)
        }
        return last[to.count]
    }
}
