// Collections of others, the same on both engines (ADR 0058).

import Bus
import Contracts
import Foundation
import Testing
import TypesenseClient

@Suite(.timeLimit(.minutes(2))) struct ProducersTests {
    private static let fields = """
        {"name":"title","type":"string","facet":true},{"name":"year","type":"int32","facet":true},\
        {"name":"price","type":"float","optional":true,"facet":true},{"name":"isSold","type":"bool","facet":true},\
        {"name":"tags","type":"string[]","optional":true,"facet":true},\
        {"name":"pages","type":"int64[]","optional":true},{"name":"note","type":"string","optional":true,"index":false},\
        {"name":"stock","type":"int64"}
        """
    private static let books = [
        #"{"id":"a","title":"The Tragedy of Hamlet","year":1603,"price":9.5,"isSold":true,"tags":["play","Prince of Denmark"],"pages":[1,5],"stock":9007199254740993}"#,
        #"{"id":"b","title":"King Lear's daughters","year":1608,"price":-0.1,"isSold":false,"tags":["play"],"pages":[7],"stock":9007199254740992}"#,
        #"{"id":"c/1","title":"Sonnets of a king","year":1609,"isSold":false,"note":"hamlet in a note","stock":-5}"#,
        #"{"id":"d","title":"Łódź, 東京都 and o'er","year":-4,"price":1e-3,"isSold":true,"tags":[],"pages":[-9,8],"stock":3,"extra":{"deep":[1.50,null]}}"#,
        #"{"id":"e","title":"Hamlet, or: a `tick`","year":1609,"price":9.50,"isSold":true,"tags":["PLAY"],"stock":0}"#,
    ]

    private func library(_ kind: EngineKind) async throws -> Producers {
        let producers = try await kind.producers()
        try await producers.make(Self.fields, sorting: "year")
        try await producers.fill(Self.books)
        return producers
    }

    struct Row: CustomTestStringConvertible, Sendable {
        let asked: String
        let ids: [String]
        var testDescription: String { asked }

        init(_ asked: String, _ ids: [String]) { (self.asked, self.ids) = (asked, ids) }
    }

    /// Where nothing says how, the latest year comes first, and the same year by id.
    static let rows = [
        Row(#""q":"*""#, ["c/1", "e", "b", "a", "d"]),
        Row(#""q":"hamlet","sort_by":"year:asc""#, ["a", "e"]),
        Row(#""q":"ham","sort_by":"year:desc""#, ["e", "a"]),
        Row(#""q":"ham","prefix":false"#, []),
        Row(#""q":"\"of a king\"""#, ["c/1"]),
        Row(#""q":"king -lear""#, ["c/1"]),
        Row(#""q":"-hamlet""#, ["c/1", "b", "d"]),
        Row(#""q":"lodz""#, ["d"]),
        Row(#""q":"京""#, ["d"]),
        Row(#""q":"o'er""#, ["d"]),
        Row(#""q":"!!!""#, []),
        Row(#""q":"note""#, []),
        Row(#""q":"denmark","query_by":"title,tags""#, ["a"]),
        Row(#""q":"\"play prince\"","query_by":"tags""#, []),
        Row(#""q":"hamlte","num_typos":1,"sort_by":"year""#, ["a", "e"]),
        Row(#""q":"hamlte""#, []),
        Row(#""q":"*","filter_by":"year:1609""#, ["c/1", "e"]),
        Row(#""q":"*","filter_by":"year:>1603 && isSold:=true""#, ["e"]),
        Row(#""q":"*","filter_by":"year:[-4..1603] || title:=King Lear's daughters""#, ["b", "a", "d"]),
        Row(#""q":"*","filter_by":"year:!=[1600..1608,1609]""#, ["d"]),
        Row(#""q":"*","filter_by":"year:<0""#, ["d"]),
        Row(#""q":"*","filter_by":"year:[-5..-3]""#, ["d"]),
        Row(#""q":"*","filter_by":"price:=9.5""#, ["e", "a"]),
        Row(#""q":"*","filter_by":"price:<0""#, ["b"]),
        Row(#""q":"*","filter_by":"price:[-0.1..0.001]""#, ["b", "d"]),
        Row(#""q":"*","filter_by":"price:!=9.5""#, ["c/1", "b", "d"]),
        Row(#""q":"*","filter_by":"price:!=[0.5..10.0]""#, ["c/1", "b", "d"]),
        Row(#""q":"*","filter_by":"isSold:!=true""#, ["c/1", "b"]),
        Row(#""q":"*","filter_by":"tags:=play""#, ["b", "a"]),
        Row(#""q":"*","filter_by":"tags:=[play,`Prince of Denmark`,PLAY]""#, ["e", "b", "a"]),
        Row(#""q":"*","filter_by":"tags:!=play""#, ["c/1", "e", "d"]),
        Row(#""q":"*","filter_by":"pages:>6""#, ["b", "d"]),
        Row(#""q":"*","filter_by":"pages:!=[7,5]""#, ["c/1", "e", "d"]),
        Row(#""q":"*","filter_by":"title:=`Hamlet, or: a`""#, []),
        Row(#""q":"*","filter_by":"stock:=9007199254740993""#, ["a"]),
        Row(#""q":"*","filter_by":"id:=c/1""#, ["c/1"]),
        Row(#""q":"*","filter_by":"id:[a,C/1] || id:=e""#, ["e", "a"]),
        Row(#""q":"*","filter_by":"id:!=[a,b,c/1]""#, ["e", "d"]),
        Row(#""q":"*","sort_by":"stock:desc""#, ["a", "b", "d", "e", "c/1"]),
        Row(#""q":"*","sort_by":"isSold:desc,year:asc""#, ["d", "a", "e", "b", "c/1"]),
        Row(#""q":"*","sort_by":"isSold""#, ["b", "c/1", "a", "d", "e"]),
        Row(#""q":"*","per_page":2,"page":2"#, ["b", "a"]),
        Row(#""q":"*","per_page":2,"page":3"#, ["d"]),
        Row(#""q":"*","per_page":2,"page":4"#, []),
        Row(#""q":"*","query_by":"year""#, ["c/1", "e", "b", "a", "d"]),
    ]

    @Test(arguments: EngineKind.allCases) func `what is asked is found, whatever the engine`(kind: EngineKind)
        async throws
    {
        let producers = try await library(kind)
        for row in Self.rows {
            let fields = row.asked.contains("query_by") ? "" : #","query_by":"title""#
            #expect(try await producers.ids("{\(row.asked)\(fields)}") == row.ids, "\(row.asked)")
        }
    }

    @Test(arguments: EngineKind.allCases) func `the answer has Typesense's shape, and documents as they came`(
        kind: EngineKind
    ) async throws {
        let producers = try await library(kind)
        var answer = try await producers.ask(
            #"{"q":"hamlet","query_by":"title,tags","facet_by":"year,price,isSold,tags","sort_by":"year","per_page":1}"#
        )
        answer.searchTime = 7
        let text = String(decoding: try PayloadCoding.encode(answer), as: UTF8.self)
        #expect(
            text == """
                {"facet_counts":[\
                {"counts":[{"count":1,"value":"1603"},{"count":1,"value":"1609"}],"field_name":"year"},\
                {"counts":[{"count":2,"value":"9.5"}],"field_name":"price"},\
                {"counts":[{"count":2,"value":"true"}],"field_name":"isSold"},\
                {"counts":[{"count":1,"value":"PLAY"},{"count":1,"value":"Prince of Denmark"},{"count":1,"value":"play"}],\
                "field_name":"tags"}],"found":2,"hits":[{"document":\(Self.books[0]),\
                "highlights":[{"field":"title","snippet":"The Tragedy of <mark>Hamlet</mark>"}]}],"out_of":5,"page":1,\
                "request_params":{"collection_name":"books","per_page":1,"q":"hamlet"},"search_time_ms":7}
                """
        )
        let list = try await producers.ask(
            #"{"q":"play","query_by":"tags","highlight_fields":"tags","sort_by":"year"}"#
        )
        #expect(
            list.hits.first?.highlights == [
                .init(field: "tags", snippets: ["<mark>play</mark>"], indices: [0])
            ]
        )
        let whole = try await producers.ask(#"{"q":"東京","query_by":"title"}"#)
        #expect(whole.hits.first?.document.bytes == Array(Self.books[3].utf8), "unknown members and 1.50 as they came")
    }

    @Test(
        arguments: EngineKind.allCases,
        [
            (#""filter_by":"pages:!=[1..3]""#, "filter_by"), (#""filter_by":"note:=x""#, "filter_by"),
            (#""filter_by":"isSold:>false""#, "filter_by"), (#""filter_by":"year:=9.5""#, "filter_by"),
            (#""filter_by":"year:=2147483648""#, "filter_by"), (#""filter_by":"price:=NaN""#, "filter_by"),
            (#""filter_by":"title:>a""#, "filter_by"), (#""filter_by":"id:>a""#, "filter_by"),
            (#""filter_by":"f0:=1""#, "filter_by"),
            (#""sort_by":"title:asc""#, "sort_by"), (#""sort_by":"price:asc""#, "sort_by"),
            (#""sort_by":"pages""#, "sort_by"), (#""sort_by":"year,stock,isSold""#, "sort_by"),
            (#""sort_by":"year:up""#, "sort_by"), (#""facet_by":"pages""#, "facet_by"),
            (#""facet_by":"f0""#, "facet_by"), (#""highlight_fields":"year""#, "highlight_fields"),
            (#""num_typos":3"#, "num_typos"), (#""fountain_offset":"7:1""#, "fountain_offset"),
        ]
    ) func `what one engine cannot do is refused by name on both`(kind: EngineKind, row: (String, String)) async throws
    {
        let producers = try await kind.producers()
        try await producers.make(Self.fields, sorting: "year")
        let failure = await #expect(throws: Failure.self) {
            try await producers.ask(#"{"q":"a","query_by":"title",\#(row.0)}"#)
        }
        #expect(failure?.code == .invalidRequest && failure?.fields?.first?.field == row.1, "\(row.0)")
        let field = await #expect(throws: Failure.self) { try await producers.ask(#"{"q":"a","query_by":"year"}"#) }
        #expect(field?.fields?.first?.field == "query_by")
    }

    @Test(arguments: EngineKind.allCases) func `collections are made once, listed, and dropped`(kind: EngineKind)
        async throws
    {
        var limits = ProducerLimits()
        limits.collections = 2
        let producers = try await kind.producers(limits)
        let made = try await producers.make(#"{"name":"title","type":"string"}"#)
        #expect(made.name == "books" && made.documentCount == 0 && made.fields.map(\.type) == ["string"])
        let again = await #expect(throws: Failure.self) {
            try await producers.make(#"{"name":"title","type":"string"}"#)
        }
        #expect(again?.code == .conflict)
        _ = try await producers.create(newCollection(#"{"name":"a-2","fields":[{"name":"n","type":"int64"}]}"#))
        let third = await #expect(throws: Failure.self) {
            try await producers.create(newCollection(#"{"name":"c","fields":[{"name":"n","type":"int64"}]}"#))
        }
        #expect(third?.code == .conflict && third?.detail.contains("search.max_collections") == true)
        #expect(try await producers.collections().map(\.name) == ["a-2", "books"])
        try await producers.fill([#"{"id":"1","title":"Hamlet"}"#])
        try await producers.drop("books")
        #expect(try await producers.collections().map(\.name) == ["a-2"])
        #expect(await #expect(throws: Failure.self) { try await producers.drop("books") }?.code == .notFound)
        try await producers.make(#"{"name":"title","type":"string"}"#)
        #expect(try await producers.ids(#"{"q":"*","query_by":"title"}"#) == [])
        for name in ["books", "a-2"] { try await producers.drop(name) }
    }

    @Test(arguments: EngineKind.allCases) func `what Service A feeds is not made, written or dropped`(kind: EngineKind)
        async throws
    {
        let producers = try await kind.producers()
        let elements = try #require(CollectionName("elements"))
        let one = try document(#"{"id":"1"}"#)
        let tries: [@Sendable () async throws -> Void] = [
            {
                _ = try await producers.create(
                    newCollection(#"{"name":"elements","fields":[{"name":"n","type":"bool"}]}"#)
                )
            },
            { try await producers.drop("elements") },
            { _ = try await producers.write(.create, one, in: elements) },
            { _ = try await producers.write(ImportDocuments([one], into: elements)) },
            { _ = try await producers.remove("script_1", nil, in: elements) },
        ]
        for attempt in tries {
            let failure = await #expect(throws: Failure.self) { try await attempt() }
            #expect(failure?.code == .conflict && failure?.detail.contains("Service A") == true)
        }
    }

    @Test(arguments: EngineKind.allCases) func `each line of an import is answered, in order`(kind: EngineKind)
        async throws
    {
        var limits = ProducerLimits()
        (limits.documentBytes, limits.imported, limits.documents) = (1024, 9, 4)
        let producers = try await kind.producers(limits)
        try await producers.make(#"{"name":"title","type":"string"},{"name":"n","type":"int32","optional":true}"#)
        let long = String(repeating: "x", count: 1024)
        let lines = try await producers.bring([
            #"{"id":"1","title":"one","n":2147483647}"#, #"{"id":"2"}"#, #"{"title":"no id"}"#,
            #"{"id":3,"title":"x"}"#,
            #"{"id":"4","title":"x","n":2147483648}"#, #"{"id":"5","title":"\#(long)"}"#, #""line 7 is empty""#,
            #"{"id":"8","title":"x","revision":-1}"#, #"{"id":"é/ü?","title":"eight","n":1.0}"#,
        ])
        #expect(lines.map(\.success) == [true, false, false, false, false, false, false, false, true])
        #expect(lines.map(\.code) == [nil, 400, 400, 400, 400, 413, 400, 400, nil])
        let fields = ["title", "id", "id", "n", nil, "line 7", "revision"]
        for (line, field) in zip(lines.dropFirst(), fields) {
            #expect(line.error?.contains(field ?? "1024") == true, "\(line.error ?? "")")
        }
        #expect(try await producers.ids(#"{"q":"*","query_by":"title"}"#) == ["1", "é/ü?"])
        let many = await #expect(throws: Failure.self) {
            try await producers.bring((0..<10).map { #"{"id":"\#($0)","title":""}"# })
        }
        #expect(many?.fields?.first?.field == "documents")
        let full = try await producers.bring((10..<13).map { #"{"id":"\#($0)","title":"x"}"# })
        #expect(full.map(\.success) == [true, true, false] && full[2].code == 409)
        #expect(full[2].error?.contains("search.max_documents") == true)
    }

    /// Each document of the collection looked up among the word's takes many times as long in the larger one.
    @Test func `a rare word is looked for by its word, however many documents there are`() async throws {
        let (few, many) = (try await shelf(20), try await shelf(1_000))
        #expect(many < few * 10)
    }

    /// How long the rare one of so many documents is looked for.
    private func shelf(_ count: Int) async throws -> Duration {
        let producers = try await EngineKind.builtIn.producers()
        try await producers.make(#"{"name":"title","type":"string"}"#)
        for start in stride(from: 1, through: count, by: 500) {
            let ids = start...min(count, start + 499)
            try await producers.fill(ids.map { #"{"id":"\#($0)","title":"\#($0 == 7 ? "rare" : "common")"}"# })
        }
        #expect(try await producers.ids(#"{"q":"rare","query_by":"title"}"#) == ["7"])
        return try await least { _ = try await producers.ids(#"{"q":"rare","query_by":"title"}"#) }
    }
}
