// Our `relevance` beside FTS5's own `bm25`, row by row: the same values for several phrases, the same order for one.

import SQLite
import Testing

@Suite struct RelevanceTests {
    private let connection: Connection

    init() throws { connection = try Connection(":memory:") }

    /// So many rows, of which every second has `often`, every third `third`, every 47th `seldom`, and some have one twice.
    private func fill(_ rows: Int) throws {
        try connection.execute(
            """
            CREATE VIRTUAL TABLE words USING fts5(text);
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(rows))
            INSERT INTO words (text) SELECT
                iif(i % 2, 'often ', '') || iif(i % 3, '', 'third ') || iif(i % 47, '', 'seldom ') || iif(i % 7, '', 'often third ')
                || iif(i % 5, '', 'and many other words that make it long ') || 'word' FROM n
            """
        )
    }

    /// Both values of each row that is found, ours first.
    private func values(_ question: String) throws -> [(Double, Double)] {
        let statement = try connection.statement(
            nil,
            "SELECT relevance(words), bm25(words) FROM words WHERE words MATCH '\(question)' ORDER BY rowid"
        )
        var values: [(Double, Double)] = []
        while try statement.step() { values.append((statement.real(0), statement.real(1))) }
        return values
    }

    @Test(arguments: ["often AND seldom", "seldom OR third", #""often third" OR word"#, "often AND sel*"])
    func `several phrases weigh what bm25 says`(question: String) throws {
        try fill(600)
        let values = try values(question)
        #expect(values.count > 5)
        for (ours, theirs) in values { #expect(abs(ours - theirs) < 1e-9) }
    }

    @Test(arguments: ["often", "seldom", #""often third""#, "thi*"])
    func `one phrase puts rows in the order of bm25`(question: String) throws {
        try fill(600)
        let values = try values(question)
        let factors = values.map { $0.0 / $0.1 }
        let first = try #require(factors.first)
        #expect(values.count > 5 && first > 0)
        for factor in factors { #expect(abs(factor / first - 1) < 1e-9) }
    }

    /// The last so many phrases: they choose among the rows, and weigh nothing.
    @Test(arguments: [("often AND seldom", 0), ("often", 1), ("often OR seldom", 1), ("often AND third", 2)])
    func `what only has to be there changes no value`(question: String, more: Int) throws {
        try fill(600)
        let besides = ["word", "(many OR word)"].prefix(more).map { " AND \($0)" }.joined()
        let phrases = [0, 1, 3][more]
        func values(_ question: String, _ relevance: String) throws -> [Int64: Double] {
            let sql = "SELECT rowid, \(relevance) FROM words WHERE words MATCH '\(question)'"
            let statement = try connection.statement(nil, sql)
            var values: [Int64: Double] = [:]
            while try statement.step() { values[statement.integer(0)] = statement.real(1) }
            return values
        }
        let plain = try values(question, "relevance(words)")
        #expect(try values("(\(question))\(besides)", "relevance(words, \(phrases))") == plain && plain.count > 5)
    }

    @Test func `what very many rows have is about as rare as bm25 says`() throws {
        try fill(60_000)
        let values = try values("third AND seldom")
        #expect(values.count > 400)
        for (ours, theirs) in values { #expect(abs(ours / theirs - 1) < 0.05) }
    }

    @Test func `a row by row number and an empty table are no trouble`() throws {
        try connection.execute("CREATE VIRTUAL TABLE words USING fts5(text)")
        #expect(try values("word").isEmpty)
        try connection.execute(
            "INSERT INTO words (rowid, text) VALUES (-3, 'word'), (9000000000000000000, 'word here')"
        )
        #expect(try values("word OR here").count == 2)
    }
}
