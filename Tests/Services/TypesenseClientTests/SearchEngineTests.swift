// What every engine must do with changes and with questions.

import Bus
import Contracts
import Storage
import Testing
import TypesenseClient

@Suite(.timeLimit(.minutes(2))) struct SearchEngineTests {
    // MARK: Changes

    @Test(arguments: EngineKind.allCases)
    func `a document holds the latest version, its id unique across types`(kind: EngineKind) async throws {
        let engine = try await kind.make()
        #expect(try await engine.checkpoint() == nil)
        try await engine.apply([
            change(.created, .script, 1, "draft", revision: 1),
            change(.created, .action, 1, "draft of an action", revision: 2),
            change(.versioned, .script, 1, version: 2, "fair copy", revision: 3),
        ])
        #expect(try await engine.checkpoint() == Checkpoint(epoch: 1, offset: 3))
        let all = try await engine.search(query("*", sort: "version_number:asc"))
        #expect(all.found == 2)
        #expect(all.hits.map(\.id) == ["action_1", "script_1"])
        #expect(all.hits.map(\.comment.text) == ["draft of an action", "fair copy"])
        #expect(all.hits.map(\.versionNumber) == [1, 2])
        #expect(all.hits.map(\.serviceName) == ["service_a", "service_a"])
    }

    @Test(arguments: EngineKind.allCases)
    func `an older revision that comes late changes nothing`(kind: EngineKind) async throws {
        let engine = try await kind.make()
        try await engine.apply([change(.versioned, 1, version: 2, "newer", revision: 5)])
        try await engine.apply([change(.created, 1, "older", revision: 2)])
        #expect(try await engine.ids(query("newer")) == ["script_1"])
        #expect(try await engine.ids(query("older")).isEmpty)
        #expect(try await engine.checkpoint() == Checkpoint(epoch: 1, offset: 5), "the checkpoint never goes back")
    }

    @Test(arguments: EngineKind.allCases)
    func `what was deleted stays deleted when its creation comes again`(kind: EngineKind) async throws {
        let engine = try await kind.make()
        let created = try change(.created, 1, "to be", revision: 1)
        try await engine.apply([created])
        try await engine.apply([change(.deleted, 1, "to be", revision: 2)])
        try await engine.apply([created])
        #expect(try await engine.ids(query("*")).isEmpty)
        try await engine.apply([change(.created, 1, "not to be", revision: 3)])
        #expect(try await engine.ids(query("*")) == ["script_1"])
    }

    @Test(arguments: EngineKind.allCases)
    func `the same batch twice is the same as once`(kind: EngineKind) async throws {
        let engine = try await kind.make()
        let changes = try (1...5).map { try change(.created, $0, number: $0, "line \($0)", revision: UInt64($0)) }
        try await engine.apply(changes)
        let once = try await engine.search(query("line", sort: "sequence_number:asc"))
        try await engine.apply(changes)
        #expect(try await engine.search(query("line", sort: "sequence_number:asc")) == once)
        #expect(once.found == 5)
    }

    @Test(arguments: EngineKind.allCases)
    func `an event that cannot be read is parked and the others go on`(kind: EngineKind) async throws {
        let engine = try await kind.make()
        let events = [
            try event(change(1, "before", revision: 1)), poison(offset: 2), try event(change(2, "after", revision: 3)),
        ]
        try await engine.apply(#require(IndexBatch(events)))
        #expect(try await engine.ids(query("*", sort: "element_id:asc")) == ["script_1", "script_2"])
        let parked = try await engine.parked()
        #expect(parked.map(\.event.offset) == [2])
        #expect(parked.first?.reason == "elementId must be at least 1")
        #expect(try await engine.checkpoint()?.offset == 3)
    }

    @Test(arguments: EngineKind.allCases)
    func `a parked event stays while it fails, and goes when it is applied or given up`(kind: EngineKind) async throws {
        let engine = try await kind.make()
        let good = try event(change(1, "a line", revision: 5))
        try await engine.apply(IndexBatch(parking: good, reason: "not its day"))
        try await engine.apply(IndexBatch(parking: poison(offset: 6), reason: "never"))
        #expect(try await engine.checkpoint()?.offset == 6)
        for parked in try await engine.parked() { try await engine.apply(IndexBatch(again: parked.event)) }
        #expect(try await engine.ids(query("line")) == ["script_1"])
        let left = try await engine.parked()
        #expect(left.map(\.event.offset) == [6])
        #expect(left.map(\.attempts) == [2])
        #expect(try await engine.checkpoint()?.offset == 6, "what is tried again moves nothing")
        try await engine.discard(left[0].event)
        #expect(try await engine.parked().isEmpty)
    }

    @Test(arguments: EngineKind.allCases)
    func `a parked event that is older than what came since changes nothing`(kind: EngineKind) async throws {
        let engine = try await kind.make()
        let old = try event(change(1, "old line", revision: 1))
        try await engine.apply(IndexBatch(parking: old, reason: "not its day"))
        try await engine.apply([change(.versioned, 1, version: 2, "new line", revision: 2)])
        try await engine.apply(IndexBatch(again: old))
        #expect(try await engine.search(query("line")).hits.map(\.versionNumber) == [2])
        #expect(try await engine.parked().isEmpty)
    }

    @Test(arguments: EngineKind.allCases)
    func `a reset forgets documents, revisions and the checkpoint`(kind: EngineKind) async throws {
        let engine = try await kind.make()
        try await engine.apply([change(1, "old life", revision: 9)])
        try await engine.reset()
        #expect(try await engine.checkpoint() == nil)
        #expect(try await engine.ids(query("*")).isEmpty)
        try await engine.apply([change(1, "new life", revision: 1)], epoch: 2)
        #expect(try await engine.ids(query("new")) == ["script_1"])
    }

    @Test(arguments: EngineKind.allCases)
    func `a document written by hand can be removed, and that of an element cannot`(kind: EngineKind) async throws {
        let engine = try await kind.make()
        try await engine.apply([change(1, "an element", revision: 1), change(2, "gone", revision: 2)])
        try await engine.apply([change(.deleted, 2, revision: 3)])
        for id in [2, 3] {
            let document = SearchDocument(
                element: ElementReference(elementType: .script, elementId: try #require(ElementID(id))),
                sequenceNumber: 1,
                versionNumber: 1,
                comment: try #require(Comment("by hand"))
            )
            #expect(try await engine.write([document]).isEmpty)
        }
        #expect(try await engine.search(query("hand")).found == 2)
        #expect(try await engine.remove(byHand: "script_2"))
        #expect(try await engine.remove(byHand: "script_3"))
        #expect(try await !engine.remove(byHand: "script_3"))
        #expect(try await !engine.remove(byHand: "script_3/../x y"))
        let failure = await #expect(throws: Failure.self) { try await engine.remove(byHand: "script_1") }
        #expect(failure?.code == .conflict)
        #expect(try await engine.ids(query("*")) == ["script_1"])
        try await engine.look()
    }

    @Test(arguments: EngineKind.allCases)
    func `a document written by hand is found until its element changes`(kind: EngineKind) async throws {
        let engine = try await kind.make()
        try await engine.apply([change(1, "from the event", revision: 1)])
        let document = try #require(SearchDocument(try change(1, "by hand", revision: 0)))
        #expect(try await engine.write([document]).isEmpty)
        #expect(try await engine.ids(query("hand")) == ["script_1"])
        try await engine.apply([change(.versioned, 1, version: 2, "changed again", revision: 2)])
        #expect(try await engine.ids(query("hand")).isEmpty)
    }

    @Test(arguments: EngineKind.allCases)
    func `the collection shows its fields and how much it holds`(kind: EngineKind) async throws {
        let engine = try await kind.make()
        try await engine.apply([change(1, revision: 1), change(2, revision: 2)])
        let collections = try await engine.collections()
        let collection = try #require(collections.first { $0.name == engine.collection })
        #expect(collection.documentCount == 2)
        #expect(collection.fields.contains(.init(name: "sequence_number", type: "int64")))
    }

    // MARK: Questions

    private func hamlet(_ kind: EngineKind) async throws -> any SearchEngine {
        let engine = try await kind.make()
        try await engine.apply([
            change(.created, .spokenWord, 1, number: 1, "Whether 'tis nobler in the mind to suffer", revision: 1),
            change(.created, .spokenWord, 2, number: 2, "O, what a noble mind is here o'erthrown!", revision: 2),
            change(.created, .action, 1, number: 1, "Exit the Ghost; \"swear\"", revision: 3),
            change(.created, .action, 2, number: 2, "Étude of a mind", revision: 4),
        ])
        return engine
    }

    static let found: [(words: String, ids: [String])] = [
        ("nobler in the mind", ["spokenWord_1"]),
        ("NOBLER", ["spokenWord_1"]),
        ("nobl", ["spokenWord_1", "spokenWord_2"]),
        ("mind nobl", ["spokenWord_1", "spokenWord_2"]),
        ("nobl mind", []),
        ("mind", ["action_2", "spokenWord_1", "spokenWord_2"]),
        ("mind absent", []),
        ("etude", ["action_2"]),
        ("Ghost; \"swear\"", ["action_1"]),
        ("mind -- !", ["action_2", "spokenWord_1", "spokenWord_2"]),
    ]

    @Test(arguments: EngineKind.allCases, found)
    func `all words must occur, the last may be a beginning`(
        kind: EngineKind,
        row: (words: String, ids: [String])
    ) async throws {
        let engine = try await hamlet(kind)
        #expect(try await engine.ids(query(row.words)).sorted() == row.ids)
    }

    @Test(arguments: EngineKind.allCases) func `a beginning finds all its endings`(kind: EngineKind) async throws {
        let engine = try await kind.make()
        let endings = (1...40).map { "no\(String(repeating: "b", count: $0))" }
        try await engine.apply(
            endings.enumerated().map { index, word in
                try change(index + 1, "mind \(word)", revision: UInt64(index + 1))
            }
        )
        #expect(try await engine.search(query("mind no")).found == 40)
    }

    /// What would be an operator, a column or an error, were it read as FTS5 or Typesense syntax.
    @Test(
        arguments: EngineKind.allCases,
        [
            "mind OR ghost", "NOT mind", "comment: ghost AND zzz", "\"mind", "min* zzz", "(mind", "mind) zzz",
            "NEAR(mind zzz)", "^zzz mind", "a' OR 1=1 --", "{comment} : zzz", "\\\" zzz", "-mind zzz",
        ]
    )
    func `a query is words and never syntax`(kind: EngineKind, words: String) async throws {
        let engine = try await hamlet(kind)
        let found = try await engine.ids(query(words))
        #expect(found.isEmpty || words == "\"mind" || words == "(mind")
    }

    /// Signs that are syntax in an engine, each fused with a neighbour to what Swift takes for one Character.
    static let fused = [
        "zzz\"\u{301}", "\"\u{301} OR mind", "zzz\u{600}\"OR\u{600}\"mind", "zzz\u{D4E}\"", "-\u{301}zzz nothing",
        "zzz)\u{301} OR (\u{301}mind", "zzz*\u{301}", "\u{D4E}\"mind zzz", "zzz\u{1FEF}", "zzz`\u{301}",
        "zzz\r\n\"\u{301}",
    ]

    @Test(arguments: EngineKind.allCases, fused)
    func `a sign of syntax with a mark beside it is text`(kind: EngineKind, words: String) async throws {
        let engine = try await hamlet(kind)
        #expect(try await engine.ids(query(words)).isEmpty)
    }

    static let fusedFilters = [
        "comment:=`zzz\u{301}`", "comment:=`\u{301} || element_id:>0 || comment:=\u{301}`",
        "comment:=`zzz\u{1FEF} || element_id:>0 || comment:=\u{1FEF}`", "comment:=[`\u{301}zzz`,`\u{600}`]",
        "comment:=`zzz\"\u{301}`",
    ]

    @Test(arguments: EngineKind.allCases, fusedFilters)
    func `a filter's text with a mark beside its back-tick is text`(kind: EngineKind, filter: String) async throws {
        let engine = try await hamlet(kind)
        #expect(try await engine.ids(query("*", filter: filter)).isEmpty)
    }

    /// The back-tick in the middle ends the value for whoever reads bytes: so it must for us, and what follows is refused.
    @Test(arguments: ["\u{600}", "\u{D4E}"]) func `no condition can be hidden in a value`(mark: String) {
        let failure = #expect(throws: Failure.self) {
            try query("*", filter: "comment:=`zzz\(mark)` || element_id:>0 || comment:=`\(mark)`zzz")
        }
        #expect(failure?.fields?.first?.field == "filter_by")
    }

    static let likeTexts: [(filter: String, ids: [Int])] = [
        ("comment:=`the wood`", [1]), ("comment:=`The Wood!`", [2]), ("comment:=[`the wood`,`!!!`]", [1]),
        ("comment:=[`the wood`,`the-wood`]", [1, 3]), ("comment:=`the wood` || element_id:=2", [1, 2]),
        ("comment:!=`the wood`", [2, 3, 4]), ("comment:=`wood the`", []), ("comment:=`!!!`", []),
        ("comment:=`the wood behind the hill and what nobody sees there` && element_type:=[script,action]", [4]),
        ("comment:=`the wood behind the hill and what nobody sees`", []),
        ("service_name:=service_a && element_id:<3", [1, 2]),
        ("service_name:=`service a`", []),
    ]

    @Test(arguments: EngineKind.allCases)
    func `behind words a filter lets through the very text, and none that reads like it`(
        kind: EngineKind
    ) async throws {
        let engine = try await kind.make()
        let texts = ["the wood", "The Wood!", "the-wood", "the wood behind the hill and what nobody sees there"]
        for (id, text) in zip(1..., texts) { try await engine.apply([try change(id, text, revision: UInt64(id))]) }
        for (filter, ids) in Self.likeTexts {
            let found = try await engine.search(query("wood", filter: filter)).hits.map(\.elementId.value).sorted()
            #expect(found == ids, "\(filter)")
        }
    }

    private static let allOfHamlet = ["action_1", "action_2", "spokenWord_1", "spokenWord_2"]

    static let filtered: [(filter: String, ids: [String])] = [
        ("element_type:=action", ["action_1", "action_2"]),
        ("element_type:=[action, spokenWord] && sequence_number:>1", ["action_2", "spokenWord_2"]),
        ("sequence_number:<=1 && element_type:!=action", ["spokenWord_1"]),
        ("element_id:=[1,2] && sequence_number:>=2 && sequence_number:<3", ["action_2", "spokenWord_2"]),
        ("id:=`action_1`", ["action_1"]),
        ("element_type:=`script` && element_id:=1", []),
        ("element_type:=action || element_id:=1", ["action_1", "action_2", "spokenWord_1"]),
        ("(element_type:=action || element_id:=1) && sequence_number:!=2", ["action_1", "spokenWord_1"]),
        ("element_id:1 || element_id:2 && element_type:action", ["action_1", "action_2", "spokenWord_1"]),
        ("element_id:[2..9]", ["action_2", "spokenWord_2"]), ("element_id:[1..1, 2]", allOfHamlet),
        ("element_id:!=[2..9]", ["action_1", "spokenWord_1"]), ("element_id:!=[1,2]", []),
        ("id:!=action_1", ["action_2", "spokenWord_1", "spokenWord_2"]),
        ("id:!=[action_1,action_2]", ["spokenWord_1", "spokenWord_2"]),
        ("comment:=`Étude of a mind`", ["action_2"]), ("comment:=`étude of a mind`", []),
        ("comment:=`Étude of a mind!`", []),
        ("comment:!=`Étude of a mind`", ["action_1", "spokenWord_1", "spokenWord_2"]),
        ("element_type:=Action", []), ("element_id:>9223372036854775807", []),
        ("element_id:>-9223372036854775808", allOfHamlet),
    ]

    @Test(arguments: EngineKind.allCases, filtered)
    func `a filter narrows what is found`(kind: EngineKind, row: (filter: String, ids: [String])) async throws {
        let engine = try await hamlet(kind)
        let answer = try await engine.search(query("*", filter: row.filter))
        #expect(answer.hits.map(\.id).sorted() == row.ids)
        #expect(answer.found == row.ids.count)
    }

    @Test(arguments: EngineKind.allCases)
    func `hits are sorted as asked and cut at the limit`(kind: EngineKind) async throws {
        let engine = try await hamlet(kind)
        let down = try query("mind", sort: "sequence_number:desc,element_id:asc", hits: 2)
        let answer = try await engine.search(down)
        #expect(answer.hits.map(\.sequenceNumber) == [2, 2])
        #expect(answer.found == 3)
    }

    @Test(arguments: EngineKind.allCases)
    func `pages follow each other, and ties are broken by type and id`(kind: EngineKind) async throws {
        let engine = try await hamlet(kind)
        var pages: [[String]] = []
        for page in 1...3 { pages.append(try await engine.ids(query("*", hits: 2, page: page))) }
        #expect(pages == [["action_1", "action_2"], ["spokenWord_1", "spokenWord_2"], []])
        let sorted = try await engine.ids(query("*", sort: "sequence_number:asc"))
        #expect(sorted == ["action_1", "spokenWord_1", "action_2", "spokenWord_2"])
    }

    @Test(arguments: EngineKind.allCases)
    func `facets count what was found, not what is shown`(kind: EngineKind) async throws {
        let engine = try await hamlet(kind)
        let answer = try await engine.search(query("mind", hits: 1, facets: "element_type,version_number"))
        #expect(
            answer.facets == [
                SearchFacet(
                    field: "element_type",
                    counts: [.init(value: "spokenWord", count: 2), .init(value: "action", count: 1)]
                ),
                SearchFacet(field: "version_number", counts: [.init(value: "1", count: 3)]),
            ]
        )
        #expect(try await engine.search(query("!!!", facets: "element_type")).facets?.first?.counts == [])
    }

    @Test(arguments: EngineKind.allCases)
    func `a whole word is asked for by prefix: false`(kind: EngineKind) async throws {
        let engine = try await hamlet(kind)
        #expect(try await engine.ids(query("nobl", prefix: false)).isEmpty)
        #expect(try await engine.ids(query("noble", prefix: false)) == ["spokenWord_2"])
    }

    @Test(arguments: EngineKind.allCases)
    func `words are looked for only in the fields named`(kind: EngineKind) async throws {
        let engine = try await hamlet(kind)
        #expect(try await engine.ids(query("action", by: "comment")).isEmpty)
        #expect(try await engine.ids(query("action", by: "comment,element_type")).sorted() == ["action_1", "action_2"])
    }
}
