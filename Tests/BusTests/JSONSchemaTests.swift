// A schema as JSON, byte for byte, and back; what is no schema is refused, and keywords that are not ours are passed over.

import Foundation
import Testing

@testable import Bus

@Suite struct JSONSchemaTests {
    static func json(_ schema: JSONSchema) throws -> String {
        String(decoding: try PayloadCoding.encode(schema), as: UTF8.self)
    }

    static func read(_ json: String) throws -> JSONSchema {
        try JSONDecoder().decode(JSONSchema.self, from: Data(json.utf8))
    }

    static func object() -> JSONSchema {
        var schema = JSONSchema(.object)
        schema.properties = ["a": .integer(1...5), "b": .array(of: .string())]
        schema.required = ["a"]
        schema.additionalProperties = false
        return schema
    }

    @Test(arguments: [
        (JSONSchema.any, "{}"),
        (JSONSchema(.string, .null), #"{"type":["string","null"]}"#),
        (
            .string(1...3, format: "uri", "A link"),
            #"{"description":"A link","format":"uri","maxLength":3,"minLength":1,"type":"string"}"#
        ),
        (.string(pattern: "^a"), #"{"pattern":"^a","type":"string"}"#),
        (.string(oneOf: ["a", "b"]), #"{"enum":["a","b"],"type":"string"}"#),
        (.integer(0...9), #"{"maximum":9,"minimum":0,"type":"integer"}"#),
        (.array(of: .array(of: .any)), #"{"items":{"items":{},"type":"array"},"type":"array"}"#),
        (
            object(),
            #"{"additionalProperties":false,"properties":{"a":{"maximum":5,"minimum":1,"type":"integer"},"#
                + #""b":{"items":{"type":"string"},"type":"array"}},"required":["a"],"type":"object"}"#
        ),
    ])
    func `a schema is written as JSON Schema has it, and read back`(schema: JSONSchema, json: String) throws {
        #expect(try Self.json(schema) == json)
        #expect(try Self.read(json) == schema)
    }

    @Test func `keywords that we do not speak are passed over`() throws {
        #expect(
            try Self.read(#"{"type":"string","contentEncoding":"base64","$comment":"x","oneOf":[]}"#)
                == JSONSchema(.string)
        )
    }

    @Test(arguments: [
        #"{"type":"text"}"#, #"{"type":7}"#, #"{"type":["string","text"]}"#, #"{"items":7}"#, "[]", "true",
    ])
    func `what is not a schema is refused`(json: String) {
        #expect(throws: DecodingError.self) { try Self.read(json) }
    }
}
