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

    @Test(arguments: [
        .string(3...5), .string(oneOf: ["a", "b"]), .integer(5...9), .integer(-9...(-5)), .array(of: .integer(1...2)),
        JSONSchema(.boolean),
    ])
    func `an example is what its schema takes`(schema: JSONSchema) {
        #expect(SchemaValidator.problems(of: SchemaExample.of(schema, named: "x"), against: schema).isEmpty)
    }
}
