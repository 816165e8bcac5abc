// `/postman.json`: the mounted operations as a Postman collection (v2.1), made from the same declarations as `/openapi.json`: the scenarios,
// whose answers are checked, then a folder a service to try things with.
//
// Variables: `origin`, where to; `access_token` and `refresh_token`, which each answer that has them fills in, so that a log-in is enough; and
// those of the scenarios. A scenario is only where all of its operations are: not at a service's own origin.

internal import Bus

enum Postman {
    static func collection(
        _ operations: [MountedOperation],
        _ topics: [MountedTopic] = [],
        _ scenarios: [PostmanScenario] = []
    ) -> [UInt8] {
        let told = scenarios.compactMap { scenario in
            PostmanFolder.of(scenario, operations).map { (scenario: scenario, folder: $0) }
        }
        let services = Dictionary(grouping: operations, by: \.service).sorted { $0.key < $1.key }
        let folders = services.map { service, operations in folder(service, operations.map(item)) }
        let collection: JSONValue = .object([
            "info": .object([
                "name": .string("FountainAI"),
                "schema": .string("https://schema.getpostman.com/json/collection/v2.1.0/collection.json"),
            ]),
            "auth": bearer,
            "variable": .array(variables + told.flatMap { $0.scenario.settings.map(variable) }),
            "item": .array(
                (told.isEmpty ? [] : [folder("scenarios", told.map(\.folder))]) + folders
                    + (topics.isEmpty ? [] : [folder("events", topics.map(item))])
            ),
        ])
        return (try? PayloadCoding.encode(collection)) ?? []
    }

    private static func folder(_ name: String, _ items: [JSONValue]) -> JSONValue {
        .object(["name": .string(name), "item": .array(items)])
    }

    /// The origin is the one that `topology/local.yaml` listens on; who is elsewhere sets it once.
    private static let variables: [JSONValue] = [
        ("origin", "http://localhost:8002"), ("access_token", ""), ("refresh_token", ""),
    ].map { key, value in .object(["key": .string(key), "value": .string(value)]) }

    private static func variable(_ setting: PostmanScenario.Setting) -> JSONValue {
        .object([
            "key": .string(setting.name), "value": .string(setting.value), "description": .string(setting.words),
        ])
    }

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
            "request": .object(PostmanRequest.of(mounted)),
        ]
        let lines = keeping(mounted)
        if !lines.isEmpty { item["event"] = .array([PostmanFolder.script("test", lines)]) }
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

    /// Keeps the tokens of an answer that has some.
    static func keeping(_ mounted: MountedOperation) -> [String] {
        let output = mounted.description.output
        let tokens = ["access_token", "refresh_token"].filter { output?.properties?[$0] != nil }
        guard !tokens.isEmpty else { return [] }
        return ["if (pm.response.code < 300) {"]
            + tokens.map { "  pm.collectionVariables.set(\"\($0)\", pm.response.json().\($0));" } + ["}"]
    }
}
