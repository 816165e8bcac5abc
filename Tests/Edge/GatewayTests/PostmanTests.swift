// `/postman.json`: a request for every operation, each with an example that the gateway's own validator takes.

import Bus
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct PostmanTests {
    private func member(_ value: JSONValue?, _ name: String) -> JSONValue? {
        guard case .object(let members)? = value else { return nil }
        return members[name]
    }

    private func elements(_ value: JSONValue?) -> [JSONValue] {
        guard case .array(let elements)? = value else { return [] }
        return elements
    }

    @Test func `the collection has every operation, each with an input that its schema takes`() async throws {
        try await TestEdge.run { edge async throws in
            let answer = try await edge.send("GET", "/postman.json")
            #expect(answer.status == 200 && answer["Content-Type"] == "application/json")
            let collection = try answer.json()
            let schema = member(member(collection, "info"), "schema")
            #expect(schema == .string("https://schema.getpostman.com/json/collection/v2.1.0/collection.json"))
            let requests = elements(member(collection, "item")).flatMap { elements(member($0, "item")) }
            let operations = edge.gateway.directory.table.operations
            #expect(requests.count == operations.count)
            for (mounted, item) in zip(operations.sorted { $0.service < $1.service }, requests) {
                guard let schema = OpenAPIParameters.bodySchema(of: mounted) else { continue }
                guard case .string(let raw)? = member(member(member(item, "request"), "body"), "raw") else {
                    Issue.record("\(mounted.description.name) has no body")
                    continue
                }
                #expect(SchemaValidator.problems(of: try JSONReader.read(Array(raw.utf8)), against: schema).isEmpty)
            }
        }
    }

    private struct Tokens: Codable, Sendable { let access_token: String }

    private func request(_ operation: OperationDescription) throws -> (item: JSONValue?, request: JSONValue?) {
        let collection = Postman.collection([try MountedOperation(operation, of: "service_a", prefix: "/service_a")])
        let folder = elements(member(try JSONReader.read(collection), "item")).first
        let item = elements(member(folder, "item")).first
        return (item, member(item, "request"))
    }

    @Test func `a request is where its route is, with what path and query may have`() throws {
        let url = member(try request(Fake.show.description).request, "url")
        #expect(member(url, "raw") == "{{origin}}/service_a/things/:kind/:id")
        #expect(member(url, "path") == .array(["service_a", "things", ":kind", ":id"]))
        let variables = elements(member(url, "variable"))
        #expect(variables.map { member($0, "key") } == ["kind", "id"])
        #expect(variables.map { member($0, "value") } == ["script", "1"])
        let query = elements(member(url, "query"))
        #expect(query.map { member($0, "key") } == ["deep", "note", "tags"])
        #expect(query.allSatisfy { member($0, "disabled") == .bool(true) })
    }

    @Test func `whoever may be anybody sends no token; a log-in's token is kept for the others`() throws {
        let open = try request(Fake.caller.description)
        #expect(member(member(open.request, "auth"), "type") == "noauth")
        #expect(member(try request(Fake.create.description).request, "auth") == nil)
        #expect(member(open.item, "event") == nil)
        let logIn = Operation<Fake.NewThing, Tokens>("service_a.login", "Log in", .post("/login"), access: .public)
        let script = member(elements(member(try request(logIn.description).item, "event")).first, "script")
        let lines = elements(member(script, "exec"))
        #expect(lines.contains { "\($0)".contains("set(\\\"access_token\\\", pm.response.json().access_token)") })
        #expect(member(open.request, "method") == "POST")
    }

    @Test(arguments: [
        .string(3...5), .string(oneOf: ["a", "b"]), .integer(5...9), .integer(-9...(-5)), .array(of: .integer(1...2)),
        JSONSchema(.boolean),
    ])
    func `an example is what its schema takes`(schema: JSONSchema) {
        #expect(SchemaValidator.problems(of: SchemaExample.of(schema, named: "x"), against: schema).isEmpty)
    }

    // MARK: Schemas of peers that mean no good

    private static func example(_ schema: String) throws -> JSONValue {
        SchemaExample.of(try PayloadCoding.decode(JSONSchema.self, from: Array(schema.utf8)[...]), named: "x")
    }

    /// Those with less than nothing ended the gateway at the next look at `/docs`.
    @Test(
        arguments: [
            (#"{"type": "array", "maxItems": -1}"#, .array([])),
            (#"{"type": "array", "maxItems": 0, "minItems": 2}"#, .array([])),
            (#"{"type": "array", "minItems": \#(Int.min), "items": {"type": "boolean"}}"#, .array([.bool(true)])),
            (#"{"type": "string", "maxLength": -1}"#, ""), (#"{"type": "string", "maxLength": \#(Int.min)}"#, ""),
            (#"{"type": "string", "minLength": \#(Int.min)}"#, "x"),
            (#"{"type": "integer", "minimum": \#(Int.max), "maximum": \#(Int.min)}"#, .integer(.max)),
        ] as [(String, JSONValue)]
    )
    func `an example is made whatever numbers a schema has`(schema: String, example: JSONValue) throws {
        #expect(try Self.example(schema) == example)
    }

    /// There would be a hundred values for each level more, or four.
    @Test func `a member that is required often is one, and lists of lists stay short`() throws {
        var (member, list) = (#"{"type": "boolean"}"#, #"{"type": "string", "minLength": 200}"#)
        let names = Array(repeating: #""a""#, count: 100).joined(separator: ",")
        for _ in 0..<7 {
            member = #"{"type": "object", "required": [\#(names)], "properties": {"a": \#(member)}}"#
            list = #"{"type": "array", "minItems": \#(Int.max), "items": \#(list)}"#
        }
        #expect("\(try Self.example(member))".count < 1000)
        #expect(try PayloadCoding.encode(Self.example(list)).count < 10_000)
    }

    @Test func `an example has only so many values`() throws {
        let names = (0..<10_000).map { #""a\#($0)""# }
        let members = names.map { #"\#($0): {"type": "integer"}"# }.joined(separator: ",")
        let required = names.joined(separator: ",")
        let wide = #"{"type": "object", "required": [\#(required)], "properties": {\#(members)}}"#
        guard case .object(let made) = try Self.example(wide) else {
            Issue.record("no object")
            return
        }
        #expect(made.values.count { $0 != .null } < 5000)
    }

    private struct Hostile: Codable, Sendable, SchemaRefining {
        let list: [String]
        let text: String

        static func refine(_ schema: inout JSONSchema) {
            schema.properties?["list"]?.maxItems = -1
            schema.properties?["text"]?.maxLength = -1
            schema.properties?["text"]?.minLength = .min
        }
    }

    @Test func `a peer's numbers end none of the pages`() throws {
        let hostile = Operation<Hostile, Hostile>("service_a.hostile", "Means no good", .post("/x"), access: .user)
        _ = try request(hostile.description)
        let mounted = [try MountedOperation(hostile.description, of: "service_a", prefix: "/service_a")]
        #expect(!DocsPage.html(mounted).isEmpty && !OpenAPI.document(mounted).isEmpty)
    }
}
