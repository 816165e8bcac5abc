// What a document's revision decides, and what a schema refuses, without an engine.

import Bus
import Contracts
import Testing

@testable import TypesenseClient

@Suite struct DocumentFenceTests {
    private let body = Array("{}".utf8)

    @Test func `a create is done once, and not over what was removed as of its revision`() throws {
        let there = DocumentFence("1", .init(revision: 3, body: body))
        #expect(try there.write(.create, revision: 3, body: body) == .nothing)
        #expect(throws: Failure.self) { try there.write(.create, revision: 4, body: []) }
        let gone = DocumentFence("1", .init(revision: 3, body: nil))
        #expect(throws: Failure.self) { try gone.write(.create, revision: 3, body: body) }
        #expect(try gone.write(.create, revision: 4, body: body) == .write)
    }

    @Test(arguments: [DocumentFence.Write.put, .update])
    func `what is older than what is known is refused, also by one`(write: DocumentFence.Write) throws {
        let there = DocumentFence("1", .init(revision: 3, body: body))
        for revision in [nil, 0, 2] {
            #expect(throws: Failure.self) { try there.write(write, revision: revision, body: []) }
        }
        #expect(try there.write(write, revision: 3, body: []) == .nothing)
        #expect(try there.write(write, revision: 4, body: []) == .write)
    }

    @Test func `a removal keeps the newest revision that is known`() throws {
        let there = DocumentFence("1", .init(revision: 3, body: body))
        #expect(try there.remove(revision: nil).revision == 3)
        #expect(try there.remove(revision: 5).revision == 5)
        #expect(throws: Failure.self) { try there.remove(revision: 2) }
        let gone = try DocumentFence("1", .init(revision: 3, body: nil)).remove(revision: 2)
        #expect(!gone.isThere && gone.revision == 3)
        let unknown = try DocumentFence("1", nil).remove(revision: nil)
        #expect(!unknown.isThere && unknown.revision == nil)
    }
}

@Suite struct CollectionSchemaTests {
    @Test(
        arguments: [
            (#"{"name":"a","type":"string"},{"name":"a","type":"bool"}"#, nil, "fields.1.name"),
            (#"{"name":"a","type":"string","facet":true,"index":false}"#, nil, "fields.0.facet"),
            (#"{"name":"a","type":"string"}"#, "a", "default_sorting_field"),
            (#"{"name":"a","type":"int64[]"}"#, "a", "default_sorting_field"),
            (#"{"name":"a","type":"int64","optional":true}"#, "a", "default_sorting_field"),
            (#"{"name":"a","type":"int64","index":false}"#, "a", "default_sorting_field"),
            (#"{"name":"a","type":"bool"}"#, "a", "default_sorting_field"),
            (#"{"name":"a","type":"int64"}"#, "b", "default_sorting_field"),
            (#"{"name":"revision","type":"string"}"#, nil, "fields.0.type"),
            ("", nil, "fields"),
            (#"{"name":"a","type":"bool"},{"name":"b","type":"bool"},{"name":"c","type":"bool"}"#, nil, "fields"),
        ] as [(String, String?, String)]
    ) func `what does not fit together is refused by its field`(
        row: (fields: String, sorting: String?, field: String)
    ) throws {
        var limits = ProducerLimits()
        limits.fields = 2
        let rest = row.sorting.map { #","default_sorting_field":"\#($0)""# } ?? ""
        let new = try newCollection(#"{"name":"c","fields":[\#(row.fields)]\#(rest)}"#)
        let failure = #expect(throws: Failure.self) { try CollectionSchema(new, limits) }
        #expect(failure?.fields?.first?.field == row.field)
    }

    @Test func `floats are ordered as what they are`() throws {
        let values = [-Double.greatestFiniteMagnitude, -1, -Double.leastNonzeroMagnitude, 0, 1e-300, 0.1, 1, 1e308]
        let ordered = values.compactMap(SchemaField.ordered)
        #expect(ordered == ordered.sorted() && Set(ordered).count == values.count)
        #expect(
            SchemaField.ordered(-0.0) == 0 && SchemaField.ordered(.nan) == nil && SchemaField.ordered(.infinity) == nil
        )
        let field = SchemaField(number: 0, .init(name: .sample, type: .float))
        for value in values { #expect(SchemaField.ordered(value).map(field.text) == "\(value)") }
    }
}
