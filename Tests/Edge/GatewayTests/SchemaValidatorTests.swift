// A value held against a schema: every problem by its field, in the words that reach the client, and no more than so many.

import Bus
import Testing

@testable import Gateway

@Suite struct SchemaValidatorTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let schema: String
        let value: String
        let problems: [String]

        var testDescription: String { "\(value) against \(schema)" }

        init(_ schema: String, _ value: String, _ problems: String...) {
            (self.schema, self.value, self.problems) = (schema, value, problems)
        }
    }

    static let object = """
        {"type":"object","additionalProperties":false,"required":["kind","id"],"properties":{
        "kind":{"type":"string","enum":["script","section"]},"id":{"type":"integer","minimum":1,"maximum":9},
        "note":{"type":["string","null"],"minLength":2,"maxLength":3},
        "tags":{"type":"array","minItems":1,"maxItems":2,"items":{"type":"string"}},
        "inner":{"type":"object","required":["x"],"properties":{"x":{"type":"number","minimum":0}}}}}
        """

    static let cases = [
        Case(object, #"{"kind":"script","id":1}"#),
        Case(object, #"{"kind":"script","id":9.0,"note":null,"tags":["a","b"],"inner":{"x":0.5,"more":1}}"#),
        Case(object, "{}", "kind is required", "id is required"),
        Case(object, "[]", "body must be an object"),
        Case(object, #"{"kind":"play","id":0}"#, "id must be at least 1", "kind must be one of script, section"),
        Case(object, #"{"kind":"script","id":10}"#, "id must be at most 9"),
        Case(object, #"{"kind":"script","id":1.5}"#, "id must be an integer"),
        Case(object, #"{"kind":"script","id":1e30}"#, "id must be at most 9"),
        Case(object, #"{"kind":"script","id":18446744073709551616}"#, "id must be at most 9"),
        Case(object, #"{"kind":"script","id":-18446744073709551616}"#, "id must be at least 1"),
        Case(object, #"{"kind":"script","id":1e999}"#, "id must be at most 9"),
        Case(#"{"type":"integer"}"#, "18446744073709551616", "body must be at most 9223372036854775807"),
        Case(#"{"type":"integer"}"#, "9223372036854775808", "body must be at most 9223372036854775807"),
        Case(#"{"type":"integer"}"#, "-9223372036854775809", "body must be at least -9223372036854775808"),
        Case(#"{"type":"integer"}"#, "9223372036854775807"),
        Case(object, #"{"kind":3,"id":"1"}"#, "id must be an integer", "kind must be a string"),
        Case(object, #"{"kind":"script","id":null}"#, "id must be an integer"),
        Case(object, #"{"kind":"script","id":1,"ID":2}"#, "ID is not a known field"),
        Case(object, #"{"kind":"script","id":1,"note":"é"}"#, "note must have at least 2 characters"),
        Case(object, #"{"kind":"script","id":1,"note":"😀😀😀"}"#),
        Case(object, #"{"kind":"script","id":1,"note":"abcd"}"#, "note must have at most 3 characters"),
        Case(object, #"{"kind":"script","id":1,"note":7}"#, "note must be a string"),
        Case(object, #"{"kind":"script","id":1,"tags":[]}"#, "tags must not be empty"),
        Case(
            object,
            #"{"kind":"script","id":1,"tags":["a",2,"c"]}"#,
            "tags must have at most 2 elements",
            "tags.1 must be a string"
        ),
        Case(object, #"{"kind":"script","id":1,"inner":{}}"#, "inner.x is required"),
        Case(object, #"{"kind":"script","id":1,"inner":{"x":-0.1}}"#, "inner.x must be at least 0"),
        Case("{}", #"{"anything":[1,null,"x"]}"#),
        Case(#"{"type":"boolean"}"#, "1", "body must be true or false"),
        Case(#"{"type":"null"}"#, "false", "body must be null"),
        Case(#"{"type":["integer","array"]}"#, "{}", "body must be an integer or a list"),
        Case(#"{"type":"string","minLength":1}"#, "\"\"", "body must not be empty"),
        Case(#"{"type":"array","minItems":3}"#, "[1]", "body must have at least 3 elements"),
    ]

    @Test(arguments: cases) func `all problems are found, and only those`(_ example: Case) throws {
        let schema = try PayloadCoding.decode(JSONSchema.self, from: Array(example.schema.utf8)[...])
        let problems = SchemaValidator.problems(of: try JSONReader.read(Array(example.value.utf8)), against: schema)
        #expect(problems.map { "\($0.field) \($0.problem)" } == example.problems)
    }

    @Test func `the list of problems is bounded, and so are the names in it`() {
        var schema = JSONSchema(.object)
        schema.additionalProperties = false
        let members = Dictionary(
            uniqueKeysWithValues: (0..<1_000).map { (String(repeating: "x", count: 500) + "\($0)", JSONValue.null) }
        )
        let problems = SchemaValidator.problems(of: .object(members), against: schema)
        #expect(problems.count == SchemaValidator.mostProblems)
        #expect(problems.allSatisfy { $0.field.count <= 64 })
    }
}
