// How far words are from one that was asked for, in errors of typing: a letter too much, too few, another one, or two that changed places.
// Words come in their order, so what two have in common is compared once (optimal string alignment, a row a letter).
//
//     asked     h a m l e t
//     hamlet    0 errors
//     hamelt    1: two changed places          hanlet  1          hamlt  1
//     horatio   hor… is 2 away already: with 1 error no word that begins so is compared any further
//
// Pure: it keeps rows and does no look-ups.

package struct Spelling {
    /// What a word is to the one asked for.
    package enum Verdict: Equatable {
        case near(errors: Int)
        case far
        /// No word that begins with so many of its letters is near.
        case hopeless(letters: Int)
    }

    private let asked: [Unicode.Scalar]
    private let errors: Int
    /// Whether the word asked for may be a beginning.
    private let isBeginning: Bool
    private var letters: [Unicode.Scalar] = []
    /// Row n: for each beginning of the word asked for, how far it is from the first n letters.
    private var rows: [[Int]]

    package init(_ asked: String, errors: Int, isBeginning: Bool = false) {
        self.asked = Array(asked.unicodeScalars)
        self.errors = errors
        self.isBeginning = isBeginning
        rows = [Array(0...self.asked.count)]
    }

    /// So many errors are forgiven in a word, where up to `wanted` are asked for: in a short one another word is too near.
    package static func forgiven(in word: String, _ wanted: Int) -> Int {
        switch word.unicodeScalars.count {
        case ..<4: 0
        case ..<7: min(wanted, 1)
        default: min(wanted, 2)
        }
    }

    package mutating func judge(_ word: String) -> Verdict {
        let next = Array(word.unicodeScalars)
        let common = zip(letters, next).prefix { $0 == $1 }.count
        letters.removeLast(letters.count - common)
        rows.removeLast(rows.count - common - 1)
        for letter in next[common...] {
            if isOver { return verdict(hopelessAt: letters.count) }
            add(letter)
        }
        return verdict(hopelessAt: isOver ? letters.count : nil)
    }

    /// Whatever follows, it is too far.
    private var isOver: Bool { (rows.last?.min() ?? 0) > errors }

    private func verdict(hopelessAt count: Int?) -> Verdict {
        let whole = asked.count
        let found = isBeginning ? rows.map { $0[whole] }.min() : rows.last?[whole]
        if let found, found <= errors { return .near(errors: found) }
        return count.map { .hopeless(letters: $0) } ?? .far
    }

    private mutating func add(_ letter: Unicode.Scalar) {
        let above = rows[rows.count - 1]
        var row = [above[0] + 1]
        for (index, wanted) in asked.enumerated() {
            var least = min(above[index] + (wanted == letter ? 0 : 1), above[index + 1] + 1, row[index] + 1)
            if index > 0, let before = letters.last, before == wanted, asked[index - 1] == letter {
                least = min(least, rows[rows.count - 2][index - 1] + 1)
            }
            row.append(least)
        }
        letters.append(letter)
        rows.append(row)
    }
}
