// Which names the schemas of a document get, and that each is there once.

import Bus
import Testing

@testable import Gateway

@Suite struct SchemaNamesTests {
    private func object(_ title: String?, _ properties: [String: JSONSchema]) -> JSONSchema {
        var schema = JSONSchema(.object)
        (schema.title, schema.properties) = (title, properties)
        return schema
    }

    private func text(_ value: JSONValue) throws -> String {
        String(decoding: try PayloadCoding.encode(value), as: UTF8.self)
    }

    @Test func `a type is there once under the last word of its title, wherever it is used`() throws {
        let inner = object("Shop.Book", ["pages": JSONSchema(.integer)])
        var absent = inner
        absent.kinds.append(.null)
        let names = SchemaNames([object("Shop.Order", ["first": inner, "second": absent, "all": .array(of: inner)])])
        #expect(names.components.keys.sorted() == ["Book", "Order"])
        let order = try text(names.components["Order"] ?? .null)
        #expect(order.contains(##""first":{"$ref":"#/components/schemas/Book"}"##))
        #expect(order.contains(##""second":{"anyOf":[{"$ref":"#/components/schemas/Book"},{"type":"null"}]}"##))
        #expect(order.contains(##""items":{"$ref":"#/components/schemas/Book"}"##))
        #expect(try text(names.components["Book"] ?? .null).contains(#""maximum":9223372036854775807"#))
    }

    @Test func `where two titles end alike each has all of its own`() {
        let names = SchemaNames([object("A.Field", ["x": .string()]), object("B.Field", ["y": .string()])])
        #expect(names.components.keys.sorted() == ["AField", "BField"])
    }

    @Test func `one title for two things gets two names, since services may disagree`() {
        let names = SchemaNames([object("Thing", ["x": .string()]), object("Thing", ["y": .string()])])
        #expect(names.components.keys.sorted() == ["Thing", "Thing2"])
    }

    @Test(arguments: ["a b", "", "Thing/../x", "Thing.", "Größe", "T\"", String(repeating: "a", count: 129)])
    func `a title of a peer's that is no name is none`(title: String) throws {
        let schema = object(title, ["x": .string()])
        let names = SchemaNames([schema])
        #expect(names.components.isEmpty)
        #expect(try text(names.value(schema)) == #"{"properties":{"x":{"type":"string"}},"type":"object"}"#)
    }

    @Test func `a derived schema has its type's name, and shows a text that keeps its rules`() {
        let schema = JSONSchema.derived(from: Fake.Thing.self)
        #expect(schema.title == "Fake.Thing")
        #expect(schema.properties?["kind"]?.title == "Fake.Kind")
        #expect(schema.properties?["note"]?.title == nil)
        #expect(JSONSchema.derived(from: JSONValue.self) == .any)
    }
}
