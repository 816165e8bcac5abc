// Errors of typing are forgiven the same way by both engines.

import Bus
import Contracts
import Storage
import Testing
import TypesenseClient

@Suite(.timeLimit(.minutes(2))) struct TypoTests {
    /// By their numbers, from 1.
    private static let texts = [
        "Hamlet and Horatio", "Rosencrantz, Guildenstern", "O, what a noble mind", "the king's crown", "Straße in Łódź",
        "Ophelia hands Hamlet a flower", "quite a question", "МОСКВА",
    ]

    static let questions: [(words: String, typos: Int, found: [Int], forgiven: Int?)] = [
        // What is found without errors is all that is found.
        ("hamlet", 2, [1, 6], nil), ("noble", 1, [3], nil),
        // A letter changed, too few, too many, two that changed places; one error is found before two.
        ("hanlet", 1, [1, 6], 1), ("hamlt", 1, [1, 6], 1), ("hammlet", 1, [1, 6], 1), ("hamlte", 2, [1, 6], 1),
        ("rosencarntz", 1, [2], 1), ("rosencraz", 1, [2], 1), ("rosenkrants", 1, [], nil), ("rosenkrants", 2, [2], 2),
        ("hamlte", 0, [], nil),
        // Each word by itself; the last may be a beginning.
        ("hamlte horatoi", 1, [1], 1), ("horaito haml", 1, [1], 1), ("ophelai flwo", 1, [6], 1), ("guidlen", 1, [2], 1),
        // Short words, phrases, joined words and excluded ones are taken as they are.
        ("ths nobel", 1, [], nil), ("nobel a", 1, [3], 1), ("\"noble mnid\"", 2, [], nil), ("knig's", 2, [], nil),
        ("hamlte -horatoi", 1, [1, 6], 1), ("hamlte -horatio", 1, [6], 1), ("hamlte \"a flower\"", 1, [6], 1),
        // In the same shapes as without errors, and with letters that tokens use for themselves.
        ("STRASE", 1, [5], 1), ("strßae", 2, [5], 2), ("qiute", 1, [7], 1), ("quesiton", 1, [7], 1),
        ("мсоква", 1, [8], 1),
    ]

    @Test(arguments: EngineKind.allCases) func `both engines forgive the same errors`(kind: EngineKind) async throws {
        let engine = try await kind.make()
        try await engine.apply(
            Self.texts.enumerated().map { index, text in try change(index + 1, text, revision: UInt64(index + 1)) }
        )
        for (words, typos, expected, forgiven) in Self.questions {
            let answer = try await engine.answer(query(words, hits: 100, typos: typos)).answer
            #expect(answer.hits.map(\.elementId.value) == expected, "\(words) \(typos)")
            #expect(answer.found == expected.count, "\(words) \(typos)")
            #expect(answer.typos == forgiven, "\(words) \(typos)")
        }
    }

    @Test(arguments: EngineKind.allCases) func `filters, facets, pages and fields count for a guess as well`(
        kind: EngineKind
    ) async throws {
        let engine = try await kind.make()
        try await engine.apply([
            change(.created, .action, 1, "hamlet enters", revision: 1),
            change(.created, .script, 1, "hamlet", revision: 2),
            change(.created, .script, 2, number: 2, "hamlet goes", revision: 3),
        ])
        let scripts = try await engine.answer(
            query("hamlte", filter: "element_type:=script", hits: 1, page: 2, facets: "element_type", typos: 1)
        ).answer
        #expect(scripts.hits.map(\.id) == ["script_2"])
        #expect(scripts.found == 2)
        #expect(scripts.facets?.first?.counts == [.init(value: "script", count: 2)])
        let typed = try await engine.answer(query("scirpt", by: "comment,element_type", typos: 1)).answer
        #expect(typed.hits.map(\.id) == ["script_1", "script_2"])
        #expect(try await engine.answer(query("scirpt", typos: 1)).answer.found == 0, "not among the fields asked")
    }

    @Test(arguments: EngineKind.allCases) func `a word that is gone is no guess, and one that came is`(
        kind: EngineKind
    ) async throws {
        let engine = try await kind.make()
        try await engine.apply([change(1, "hamlet", revision: 1)])
        try await engine.apply([change(.deleted, 1, revision: 2), change(2, "hamlets", revision: 3)])
        #expect(try await engine.answer(query("hamletts", typos: 1)).answer.hits.map(\.id) == ["script_2"])
        #expect(try await engine.answer(query("hamlte", prefix: false, typos: 1)).answer.found == 0)
        try await engine.reset()
        #expect(try await engine.answer(query("hamletts", typos: 1)).answer.found == 0)
        try await engine.apply([change(3, "hamlet again", revision: 4)])
        #expect(
            try await engine.answer(query("hamlte", typos: 1)).answer.found == 1,
            "a word is written again after a reset"
        )
    }

    @Test(arguments: EngineKind.allCases) func `what would compare too much is refused by name`(kind: EngineKind)
        async throws
    {
        let engine = try await kind.make()
        try await engine.apply([
            change(1, (0..<200).map { "word\(1000 + $0)" }.joined(separator: " "), revision: 1)
        ])
        var limits = Lexicon.Limits()
        limits.steps = 1
        let tight = limits
        let failure = await #expect(throws: Failure.self) {
            _ = try await engine.answer(query("wrod9999", typos: 2), tight)
        }
        #expect(failure?.fields?.first?.field == "num_typos")
        (limits.steps, limits.words) = (1000, 3)
        let answer = try await engine.answer(query("wodr1000", typos: 2), limits).answer
        #expect(answer.found == 1)
    }

    @Test func `a guess is marked where it was found`() async throws {
        let engine = try BuiltInEngine(.memory)
        try await engine.apply([change(1, "Hamlet and Horatio", revision: 1)])
        let (answer, asked) = try await engine.answer(query("horatoi", typos: 1))
        #expect(Highlighter(query: asked).marked(answer.hits[0].comment.text) == "Hamlet and <mark>Horatio</mark>")
    }
}
