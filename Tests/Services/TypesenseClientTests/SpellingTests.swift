// How far a word is from another, beside a table that is filled from one end to the other.

import Testing
import TypesenseClient

@Suite struct SpellingTests {
    static let rows: [(asked: String, word: String, errors: Int)] = [
        ("hamlet", "hamlet", 0), ("hamlte", "hamlet", 1), ("hamlt", "hamlet", 1), ("hammlet", "hamlet", 1),
        ("hanlet", "hamlet", 1), ("ophelai", "ophelia", 1), ("rosencrans", "rosencrantz", 2), ("strasse", "strase", 1),
        ("москва", "мсоква", 1),
    ]

    @Test(arguments: rows) func `errors are letters too many, too few, others, or changed places`(
        row: (asked: String, word: String, errors: Int)
    ) {
        var spelling = Spelling(row.asked, errors: row.errors)
        #expect(spelling.judge(row.word) == .near(errors: row.errors))
        guard row.errors > 0 else { return }
        spelling = Spelling(row.asked, errors: row.errors - 1)
        #expect(spelling.judge(row.word) == .far || spelling.judge(row.word) != .near(errors: row.errors))
    }

    @Test func `a beginning is near where a beginning of the word is`() {
        var spelling = Spelling("rosnec", errors: 1, isBeginning: true)
        #expect(spelling.judge("rosencrantz") == .near(errors: 1))
        #expect(spelling.judge("rosalind") == .hopeless(letters: 5))
    }

    /// Words in their order, so that rows are shared; with a small alphabet, so that many are near.
    @Test(arguments: [1, 2], [false, true]) func `every word is judged as by the whole table`(
        errors: Int,
        isBeginning: Bool
    ) {
        var generator = SystemRandomNumberGenerator()
        func word() -> String {
            String(
                (0..<Int.random(in: 1...8, using: &generator)).map { _ in "abc".randomElement(using: &generator) ?? "a"
                }
            )
        }
        let words = Set((0..<400).map { _ in word() }).sorted()
        let asked = word()
        var spelling = Spelling(asked, errors: errors, isBeginning: isBeginning)
        for word in words {
            let distance =
                isBeginning
                ? (0...word.count).map { Self.distance(asked, String(word.prefix($0))) }.min() ?? 0
                : Self.distance(asked, word)
            let verdict = spelling.judge(word)
            if distance <= errors {
                #expect(verdict == .near(errors: distance), "\(asked) \(word)")
            } else if case .near = verdict {
                Issue.record("\(word) is \(distance) from \(asked)")
            } else if case .hopeless(let letters) = verdict {
                for other in words where other.hasPrefix(word.prefix(letters)) {
                    #expect(Self.distance(asked, other) > errors, "\(asked) \(other)")
                }
            }
        }
    }

    private static func distance(_ first: String, _ second: String) -> Int {
        let (a, b) = (Array(first), Array(second))
        var table = [[Int]](repeating: [Int](repeating: 0, count: b.count + 1), count: a.count + 1)
        for i in 0...a.count {
            for j in 0...b.count {
                guard i > 0, j > 0 else {
                    table[i][j] = i + j
                    continue
                }
                let change = table[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
                table[i][j] = min(change, table[i - 1][j] + 1, table[i][j - 1] + 1)
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                    table[i][j] = min(table[i][j], table[i - 2][j - 2] + 1)
                }
            }
        }
        return table[a.count][b.count]
    }
}
