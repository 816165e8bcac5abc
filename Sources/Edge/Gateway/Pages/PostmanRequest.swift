// An operation as a request of a Postman collection. Where a field goes, to the path, the query, a header or the body, is the operation's to say;
// what is not given is an example.

internal import Bus

enum PostmanRequest {
    typealias Value = PostmanStep.Value

    /// `input` has the members that are not to be examples, `headers` fields besides.
    static func of(
        _ mounted: MountedOperation,
        _ input: [String: Value] = [:],
        headers: [String: String] = [:]
    ) -> [String: JSONValue] {
        let body = body(mounted, input)
        var request: [String: JSONValue] = [
            "method": .string(mounted.method), "url": url(mounted, input),
            "header": fields(mounted, input, headers, hasBody: body != nil),
            "description": .string(mounted.description.summary),
        ]
        if mounted.description.access == .public { request["auth"] = .object(["type": .string("noauth")]) }
        if let body { request["body"] = .object(["mode": .string("raw"), "raw": .string(body)]) }
        return request
    }

    /// An operation that must not happen twice has a key of its own each time that it is sent.
    private static func fields(
        _ mounted: MountedOperation,
        _ input: [String: Value],
        _ more: [String: String],
        hasBody: Bool
    ) -> JSONValue {
        var fields: [String: String] = [:]
        if hasBody { fields["Content-Type"] = "application/json" }
        if !mounted.description.isIdempotent { fields["Idempotency-Key"] = "{{$guid}}" }
        if let name = mounted.description.headers?.reached, let value = input[name] {
            fields["Fountain-Offset"] = text(value)
        }
        return .array(
            fields.merging(more) { $1 }.sorted { $0.key < $1.key }
                .map { .object(["key": .string($0.key), "value": .string($0.value)]) }
        )
    }

    // MARK: Body

    private static func body(_ mounted: MountedOperation, _ input: [String: Value]) -> String? {
        guard let schema = OpenAPIParameters.bodySchema(of: mounted) else { return nil }
        let example = SchemaExample.of(schema)
        guard case .object(let members) = example else { return json(example) }
        let elsewhere = mounted.template.parameters + [mounted.description.headers?.reached].compactMap(\.self)
        let given = input.filter { !elsewhere.contains($0.key) }
        return object(members.mapValues(Value.json).merging(given) { $1 })
    }

    /// A line a member, which people change.
    private static func object(_ members: [String: Value]) -> String {
        let lines = members.sorted { $0.key < $1.key }.map { "  \(json(.string($0.key))): \(json($0.value))" }
        return lines.isEmpty ? "{}" : "{\n\(lines.joined(separator: ",\n"))\n}"
    }

    private static func json(_ value: Value) -> String {
        switch value {
        case .json(let value): json(value)
        case .variable(let name): "{{\(name)}}"
        }
    }

    /// Good as JavaScript too.
    static func json(_ value: JSONValue) -> String {
        String(decoding: (try? PayloadCoding.encode(value)) ?? [], as: UTF8.self)
    }

    // MARK: URL

    private static func url(_ mounted: MountedOperation, _ input: [String: Value]) -> JSONValue {
        let properties = mounted.description.input.properties ?? [:]
        let segments = mounted.route.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
        let path = segments.map { segment in
            segment.utf8.first == UInt8(ascii: "{")
                ? ":" + String(Substring(segment.utf8.dropFirst().dropLast())) : segment
        }
        func pair(_ name: String, _ schema: JSONSchema) -> [String: JSONValue] {
            let value = input[name] ?? .json(SchemaExample.of(schema, named: name))
            return ["key": .string(name), "value": .string(text(value))]
        }
        let query = OpenAPIParameters.query(of: mounted).map { name, schema, isRequired -> JSONValue in
            .object(pair(name, schema).merging(["disabled": .bool(!isRequired && input[name] == nil)]) { $1 })
        }
        let variables = mounted.template.parameters.map { JSONValue.object(pair($0, properties[$0] ?? .any)) }
        return .object([
            "raw": .string("{{origin}}/" + path.joined(separator: "/")), "host": .array([.string("{{origin}}")]),
            "path": .array(path.map { .string($0) }), "query": .array(query), "variable": .array(variables),
        ])
    }

    /// As it stands in a path, a query or a header.
    private static func text(_ value: Value) -> String {
        switch value {
        case .json(.string(let text)): text
        case .json(.integer(let number)): "\(number)"
        case .json(.bool(let flag)): "\(flag)"
        case .json: ""
        case .variable(let name): "{{\(name)}}"
        }
    }
}
