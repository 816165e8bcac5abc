// What several operations say alike, once: parameters, answers and header fields are gathered while the paths are written, and stand there as
// references.

internal import Bus

struct OpenAPIComponents {
    let names: SchemaNames
    private var parameters: [String: JSONValue] = [:]
    private var responses: [String: JSONValue] = [:]

    init(_ names: SchemaNames) { self.names = names }

    /// A reference to a parameter; the parameter itself where another one has its name.
    mutating func parameter(_ name: String, _ parameter: JSONValue) -> JSONValue {
        Self.keep(name, parameter, in: &parameters, "parameters")
    }

    /// A reference to an answer; the answer itself where another one has its name.
    mutating func response(_ name: String, _ response: JSONValue) -> JSONValue {
        Self.keep(name, response, in: &responses, "responses")
    }

    private static func keep(
        _ name: String,
        _ value: JSONValue,
        in all: inout [String: JSONValue],
        _ kind: String
    ) -> JSONValue {
        guard all[name, default: value] == value else { return value }
        all[name] = value
        return .object(["$ref": .string("#/components/\(kind)/\(name)")])
    }

    /// The document's `components`.
    var value: JSONValue {
        .object([
            "schemas": .object(names.components), "parameters": .object(parameters), "responses": .object(responses),
            "headers": .object(OpenAPIHeaders.components), "securitySchemes": Self.securitySchemes,
        ])
    }

    private static let securitySchemes: JSONValue = .object([
        "bearer": .object([
            "type": .string("http"), "scheme": .string("bearer"), "bearerFormat": .string("JWT"),
            "description": .string("The `access_token` of a log-in."),
        ]),
        "apiKey": .object([
            "type": .string("apiKey"), "in": .string("header"), "name": .string("X-API-Key"),
            "description": .string("A key that an administrator has made."),
        ]),
    ])
}
