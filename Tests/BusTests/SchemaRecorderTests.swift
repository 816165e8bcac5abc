// Schemas that are derived from Swift types by decoding them from nothing: what is there, what is required, and nothing else is let in.

import Bus
import Foundation
import Testing

@Suite struct SchemaRecorderTests {
    enum Colour: String, Codable, CaseIterable, SchemaProviding { case red, green }
    struct Inner: Codable, Sendable { let tags: [String] }
    struct Outer: Codable, Sendable {
        let name: String
        let count: Int
        let colour: Colour
        let inner: Inner
        let note: String?
        let maybe: Inner?
        let free: JSONValue
    }

    let schema = JSONSchema.derived(from: Outer.self)

    @Test func `required properties are those that the type cannot do without`() {
        #expect(schema.required == ["name", "count", "colour", "inner", "free"])
    }

    @Test func `every property is there with its kind`() throws {
        let properties = try #require(schema.properties)
        #expect(properties["name"]?.kinds == [.string])
        #expect(properties["count"]?.kinds == [.integer])
        #expect(properties["colour"]?.allowed == ["red", "green"])
        #expect(properties["note"]?.kinds == [.string, .null])
        #expect(properties["maybe"]?.kinds == [.object, .null])
        #expect(properties["free"] == .any)
        #expect(properties["inner"]?.properties?["tags"]?.items?.value.kinds == [.string])
    }

    @Test func `undeclared properties are refused`() { #expect(schema.additionalProperties == false) }

    @Test func `a schema survives its own JSON`() throws {
        let json = try JSONEncoder().encode(schema)
        #expect(try JSONDecoder().decode(JSONSchema.self, from: json) == schema)
    }
}
