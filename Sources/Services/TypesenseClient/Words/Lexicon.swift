// The words of an index, in their order, beside it: what a question is held against where errors of typing are forgiven. One table and one
// way to look through it, so both engines guess the same.
//
//     lexicon(word)      folded, as `WordStream` reads it; a word stays when its last document goes, and then finds nothing
//
// Looking costs a step a word that is compared, and whole branches are passed over (`Spelling`); how many steps and how many words is bounded
// by the topology. It does not guess phrases, joined words, scripts without spaces, and words that must not occur.

import Bus
import Storage

package struct Lexicon {
    /// What may be spent on one word of a question.
    package struct Limits: Sendable, Equatable {
        /// Words that are compared.
        package var steps = 20_000
        /// Words that are taken for it, the nearest first.
        package var words = 100

        package init() {}
    }

    private let transaction: any Transaction

    init(_ transaction: any Transaction) { self.transaction = transaction }

    static let create: DDL = "CREATE TABLE lexicon (word TEXT PRIMARY KEY NOT NULL) STRICT, WITHOUT ROWID"
    static let clear: SQL = "DELETE FROM lexicon"

    private static let insert: SQL = "INSERT INTO lexicon (word) VALUES ($1) ON CONFLICT DO NOTHING"
    /// In the order of code points, which is that of the bytes.
    private static let run: SQL = "SELECT word FROM lexicon WHERE word >= $1 ORDER BY word LIMIT 32"

    func add(_ words: Set<String>) throws {
        for word in words { try transaction.later(Self.insert, [.text(word)]) }
    }

    /// The question with each word as those that are near it; `nil` where no word may be misspelt, or none has a neighbour.
    ///
    /// - Throws: `Failure` with `invalid_request` about `num_typos` where there is too much to compare.
    package func guess(_ question: Question, errors: Int, _ limits: Limits) throws -> Question? {
        var isGuess = false
        let guess = try question.forgiving { word, isBeginning in
            let forgiven = Spelling.forgiven(in: word, errors)
            guard forgiven > 0 else { return nil }
            isGuess = true
            return try near(word, forgiven, isBeginning: isBeginning, limits)
        }
        return isGuess ? guess : nil
    }

    /// The words near one, the nearest first, then by their letters.
    private func near(_ word: String, _ errors: Int, isBeginning: Bool, _ limits: Limits) throws -> [String] {
        var spelling = Spelling(word, errors: errors, isBeginning: isBeginning)
        var found: [(errors: Int, word: String)] = []
        var (place, steps) = ("", 0)
        while true {
            let run = try transaction.rows(Self.run, [.text(place)]) { $0.text(0) }
            var skipped = ""
            for word in run where !word.utf8.isBefore(skipped.utf8) {
                steps += 1
                switch spelling.judge(word) {
                case .near(let errors): found.append((errors, word))
                case .far: break
                case .hopeless(let letters): skipped = Self.behind(word, letters)
                }
            }
            guard steps <= limits.steps else { throw Self.tooMuch(limits.steps) }
            guard let last = run.last, run.count == 32 else { break }
            place = last.utf8.isBefore(skipped.utf8) ? skipped : last + "\u{1}"
        }
        found.sort { $0.errors == $1.errors ? $0.word.utf8.isBefore($1.word.utf8) : $0.errors < $1.errors }
        return found.prefix(limits.words).map(\.word)
    }

    /// Behind every word that begins with so many letters of this one.
    private static func behind(_ word: String, _ letters: Int) -> String {
        String(String.UnicodeScalarView(word.unicodeScalars.prefix(letters))) + "\u{10FFFF}"
    }

    private static func tooMuch(_ steps: Int) -> Failure {
        .invalid("num_typos", "would compare more than \(steps) words here; ask for fewer errors, or for a longer word")
    }
}

extension String.UTF8View {
    /// By bytes, as the table is sorted; Swift's own order of texts is another one.
    fileprivate func isBefore(_ other: String.UTF8View) -> Bool { lexicographicallyPrecedes(other) }
}
