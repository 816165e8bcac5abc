// One text rule for both engines: the faults of issue 13, each as a kind, through the engines themselves.

import Bus
import Contracts
import Testing
import TypesenseClient

@Suite(.timeLimit(.minutes(2))) struct TextRuleTests {
    /// By their numbers, from 1.
    private static let texts = [
        "The king's crown", "A king and an s", "All is o'erthrown by night", "We meet to-night", "to meet at night",
        "Wormwood, wormwood", "He is gone, he is dead", "Straße in Łódź, Ørsted", "Ἑλλάς ΣΊΣΥΦΟΣ", "МОСКВА и ёлка",
        "ｆｕｌｌ ｗｉｄｔｈ ﬁle", "Cafe\u{301}", "東京都庁", "كِتَاب", "שָׁלוֹם", "thumbs 👍 up!!! 👨‍👩‍👧",
        String(repeating: "a", count: 300) + "b", "Q quite so", "k ſ \u{212A}elvin", "한국어를 배워요",
    ]

    static let questions: [(words: String, found: [Int])] = [
        // Apostrophes and hyphens.
        ("king's", [1]), ("king’s", [1]), ("KING'S", [1]), ("king", [1, 2]), ("king's crown", [1]), ("o'er", [3]),
        ("o’erthrown", [3]), ("to-night", [4]), ("to\u{2011}nigh", [4]), ("night", [3, 4, 5]), ("meet night", [4, 5]),
        ("at-ni", [5]), ("me'e", []),
        ("\"to night\"", [4]), ("\"king's crown\"", [1]), ("\"crown king's\"", []),
        // A word that is there once is not asked for twice.
        ("wormwood worm", [6]), ("worm wormwood", []), ("He is gone, he i", [7]), ("wormwood wormwood", [6]),
        // Letters in other shapes.
        ("strasse", [8]), ("STRASSE", [8]), ("straße", [8]), ("STRAẞE", [8]), ("lodz", [8]), ("łódź", [8]),
        ("orsted", [8]), ("ελλας", [9]), ("ΕΛΛΆΣ", [9]), ("σισυφοσ", [9]), ("Σίσυφος", [9]), ("москва", [10]),
        ("елка", [10]), ("ЁЛКА", [10]), ("full width", [11]), ("file", [11]), ("ＦＩＬＥ", [11]), ("café", [12]),
        ("cafe", [12]), ("CAFE\u{301}", [12]), ("kelvin s", [19]),
        // Scripts without spaces.
        ("京都", [13]), ("東京", [13]), ("東", [13]), ("庁", [13]), ("東京都庁", [13]), ("京庁", []), ("都京", []),
        ("국어", [20]), ("배워", [20]),
        // Vowel points.
        ("كتاب", [14]), ("كِتَاب", [14]), ("שלום", [15]), ("שָׁלוֹם", [15]),
        // Signs.
        ("👍", [16]), ("👍🏽", []), ("👨‍👩‍👧", [16]), ("👩", []), ("😀", []), ("!!!", []), ("\"…\"", []), ("-", []), ("'", []),
        ("* *", Array(1...20)),
        // Long words, and letters that the tokens use for themselves.
        (String(repeating: "a", count: 300) + "b", [17]), (String(repeating: "a", count: 100), [17]),
        (String(repeating: "a", count: 301) + "c", []), ("q", [18]), ("qz", []), ("qy", []), ("qu", [18]),
        // Words that must not occur.
        ("crown -king", []), ("king -crown", [2]), ("night -to", [3]), ("night -to-night", [3, 5]),
        ("night -\"at night\"", [3, 4]), ("-is -meet night", []), ("\u{2212}king", []),
    ]

    @Test(arguments: EngineKind.allCases) func `both engines find what the rule says`(kind: EngineKind) async throws {
        let engine = try await kind.make()
        try await engine.apply(
            Self.texts.enumerated().map { index, text in try change(index + 1, text, revision: UInt64(index + 1)) }
        )
        for (words, expected) in Self.questions {
            let answer = try await engine.search(query(words, hits: 100))
            #expect(answer.hits.map(\.elementId.value).sorted() == expected, "\(words)")
            #expect(answer.found == expected.count, "\(words)")
        }
    }

    @Test(arguments: EngineKind.allCases) func `words may be spread over the fields asked`(kind: EngineKind)
        async throws
    {
        let engine = try await kind.make()
        try await engine.apply([
            change(.created, .action, 1, "to be", revision: 1), change(.created, .script, 1, "to be", revision: 2),
        ])
        let fields = "comment,element_type"
        #expect(try await engine.ids(query("action be", by: fields)) == ["action_1"])
        #expect(try await engine.ids(query("be -script", by: fields)) == ["action_1"])
        #expect(try await engine.ids(query("spokenWord be", by: fields)).isEmpty)
    }

    static let marked: [(text: String, words: String, html: String)] = [
        ("O, what a noble mind", "nob", "O, what a <mark>noble</mark> mind"),
        (
            "<b>Straße</b> & \"Lodz\"", "strasse łódź",
            "&lt;b&gt;<mark>Straße</mark>&lt;/b&gt; &amp; &quot;<mark>Lodz</mark>&quot;"
        ),
        ("the king's 'crown'", "king's", "the <mark>king&#39;s</mark> &#39;crown&#39;"),
        ("東京都庁", "京都", "東<mark>京都</mark>庁"), ("Cafe\u{301}!", "cafe", "<mark>Cafe\u{301}</mark>!"),
        ("nothing", "else", "nothing"), ("ﬁle", "file", "<mark>ﬁle</mark>"),
    ]

    @Test(arguments: marked) func `what was found is marked, and the text is no HTML`(
        row: (text: String, words: String, html: String)
    ) throws {
        #expect(Highlighter(query: try query(row.words)).marked(row.text) == row.html)
    }

    /// Whatever the text, its tokens are letters and digits that no engine parts or cuts.
    @Test func `tokens are plain and short`() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 1...300 {
            let scalars = (0..<60).compactMap { _ in Unicode.Scalar(UInt32.random(in: 1...0x2FFFF, using: &generator)) }
            let text = String(String.UnicodeScalarView(scalars))
            for token in WordStream(text).textWithPairs.split(separator: " ") {
                #expect(token.utf8.allSatisfy { ("a"..."z").contains(Unicode.Scalar($0)) || (48...57).contains($0) })
                #expect(token.utf8.count <= 90)
            }
        }
    }
}
