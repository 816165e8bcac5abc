// `/postman.json`: the mounted operations as a Postman collection (v2.1), a folder a service, made from the same declarations as `/openapi.json`.
//
// Variables: `origin`, where to; `access_token` and `refresh_token`, which each answer that has them fills in, so that a log-in is enough.

internal import Bus

enum Postman {
    static func collection(_ operations: [MountedOperation], _ topics: [MountedTopic] = []) -> [UInt8] {
        let services = Dictionary(grouping: operations, by: \.service).sorted { $0.key < $1.key }
        let collection: JSONValue = .object([
            "info": .object([
                "name": .string("FountainAI"),
                "schema": .string("https://schema.getpostman.com/json/collection/v2.1.0/collection.json"),
            ]),
            "auth": bearer,
            "variable": .array(variables),
            "item": .array(
                services.map { service, operations in
                    .object(["name": .string(service), "item": .array(operations.map(item))])
                } + (topics.isEmpty ? [] : [.object(["name": .string("events"), "item": .array(topics.map(item))])])
            ),
        ])
        return (try? PayloadCoding.encode(collection)) ?? []
    }

    /// The origin is the one that `topology/local.yaml` listens on; who is elsewhere sets it once.
    private static let variables: [JSONValue] = [
        ("origin", "http://localhost:8002"), ("access_token", ""), ("refresh_token", ""),
    ].map { key, value in .object(["key": .string(key), "value": .string(value)]) }

    private static let bearer: JSONValue = .object([
        "type": .string("bearer"),
        "bearer": .array([
            .object([
                "key": .string("token"), "value": .string("{{access_token}}"), "type": .string("string"),
            ])
        ]),
    ])

    private static func item(_ mounted: MountedOperation) -> JSONValue {
        var item: [String: JSONValue] = [
            "name": .string("\(mounted.description.name): \(mounted.description.summary)"),
            "request": .object(request(mounted)),
        ]
        if let script = keeping(mounted.description.output) { item["event"] = .array([script]) }
        return .object(item)
    }

    /// Following a topic.
    private static func item(_ topic: MountedTopic) -> JSONValue {
        let query: JSONValue = .object(["key": .string("topic"), "value": .string(topic.name)])
        let path = RouteTable.eventsPath
        return .object([
            "name": .string("\(topic.name): \(topic.description.summary)"),
            "request": .object([
                "method": .string("GET"), "header": .array([]), "description": .string(topic.description.summary),
                "url": .object([
                    "raw": .string("{{origin}}\(path)?topic=\(topic.name)"), "host": .array([.string("{{origin}}")]),
                    "path": .array([.string(String(path.dropFirst()))]), "query": .array([query]),
                ]),
            ]),
        ])
    }

    private static func request(_ mounted: MountedOperation) -> [String: JSONValue] {
        var request: [String: JSONValue] = [
            "method": .string(mounted.method), "url": url(mounted), "header": .array([]),
            "description": .string(mounted.description.summary),
        ]
        if mounted.description.access == .public { request["auth"] = .object(["type": .string("noauth")]) }
        guard let body = OpenAPIParameters.bodySchema(of: mounted) else { return request }
        let example = (try? PayloadCoding.encode(SchemaExample.of(body))) ?? []
        request["header"] = .array([.object(["key": .string("Content-Type"), "value": .string("application/json")])])
        request["body"] = .object([
            "mode": .string("raw"), "raw": .string(String(decoding: example, as: UTF8.self)),
        ])
        return request
    }

    private static func url(_ mounted: MountedOperation) -> JSONValue {
        let properties = mounted.description.input.properties ?? [:]
        let inPath = mounted.template.parameters
        let segments = mounted.route.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
        let path = segments.map { segment in
            segment.utf8.first == UInt8(ascii: "{")
                ? ":" + String(Substring(segment.utf8.dropFirst().dropLast())) : segment
        }
        let query = OpenAPIParameters.query(of: mounted).map { name, schema, isRequired -> JSONValue in
            .object([
                "key": .string(name), "value": .string(text(SchemaExample.of(schema, named: name))),
                "disabled": .bool(!isRequired),
            ])
        }
        let variables = inPath.map { name -> JSONValue in
            .object([
                "key": .string(name), "value": .string(text(SchemaExample.of(properties[name] ?? .any, named: name))),
            ])
        }
        return .object([
            "raw": .string("{{origin}}/" + path.joined(separator: "/")), "host": .array([.string("{{origin}}")]),
            "path": .array(path.map { .string($0) }), "query": .array(query), "variable": .array(variables),
        ])
    }

    /// As it stands in a path or a query.
    private static func text(_ value: JSONValue) -> String {
        switch value {
        case .string(let text): text
        case .integer(let number): "\(number)"
        case .bool(let flag): "\(flag)"
        default: ""
        }
    }

    /// Keeps the tokens of an answer that has some.
    private static func keeping(_ output: JSONSchema?) -> JSONValue? {
        let tokens = ["access_token", "refresh_token"].filter { output?.properties?[$0] != nil }
        guard !tokens.isEmpty else { return nil }
        let lines =
            ["if (pm.response.code < 300) {"]
            + tokens.map { "  pm.collectionVariables.set(\"\($0)\", pm.response.json().\($0));" } + ["}"]
        return .object([
            "listen": .string("test"),
            "script": .object(["type": .string("text/javascript"), "exec": .array(lines.map { .string($0) })]),
        ])
    }
}
