// The text of a path or a query as the value that its schema asks for; what fits no kind is refused, never guessed.

import Bus
import Testing

@testable import Gateway

@Suite struct ParameterTests {
    @Test(
        arguments: [
            ("7", .integer(), .integer(7)), ("-7", .integer(), .integer(-7)), ("0", .integer(), .integer(0)),
            ("1.5", JSONSchema(.number), .number(1.5)), ("1e2", JSONSchema(.number), .number(100)),
            ("true", JSONSchema(.boolean, .null), .bool(true)), ("false", JSONSchema(.boolean), .bool(false)),
            ("7", .string(), .string("7")), ("", .string(), .string("")), ("7", .any, .string("7")),
            ("7", JSONSchema(.integer, .string), .integer(7)), ("x", JSONSchema(.integer, .string), .string("x")),
        ] as [(String, JSONSchema, JSONValue)]
    )
    func `text becomes what the schema asks for`(text: String, schema: JSONSchema, value: JSONValue) throws {
        #expect(try Parameter.value([text], schema) == value)
    }

    @Test(
        arguments: [
            ("7x", .integer()), ("+7", .integer()), ("07", .integer()), (" 7", .integer()), ("7 ", .integer()),
            ("", .integer()),
            ("1.5", .integer()), ("1e3", .integer()), ("0x10", .integer()),
            ("TRUE", JSONSchema(.boolean)),
            ("1", JSONSchema(.boolean)), ("NaN", JSONSchema(.number)), ("[1]", JSONSchema(.number)),
            ("{}", JSONSchema(.object)),
        ] as [(String, JSONSchema)]
    )
    func `text that fits no kind is refused`(text: String, schema: JSONSchema) {
        #expect(throws: Parameter.Problem.self) { try Parameter.value([text], schema) }
    }

    @Test func `a list is given by repeating, anything else once`() throws {
        #expect(try Parameter.value(["1", "2"], .array(of: .integer())) == .array([.integer(1), .integer(2)]))
        #expect(try Parameter.value(["1"], .array(of: .integer())) == .array([.integer(1)]))
        #expect(throws: Parameter.Problem(clause: "must be given once")) {
            try Parameter.value(["1", "2"], .integer())
        }
    }
}
