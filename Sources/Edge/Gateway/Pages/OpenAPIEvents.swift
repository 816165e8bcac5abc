// `/events` as OpenAPI says it: what can be followed, from where, and what an event is. OpenAPI has no words for a stream of events, so that its
// answer is a text whose parts are told in words, and the payloads stand beside it as schemas (`x-topics`).

internal import Bus

enum OpenAPIEvents {
    static func paths(_ topics: [MountedTopic], _ components: inout OpenAPIComponents) -> [String: JSONValue] {
        topics.isEmpty ? [:] : [RouteTable.eventsPath: .object(["get": entry(topics, &components)])]
    }

    private static func entry(_ topics: [MountedTopic], _ components: inout OpenAPIComponents) -> JSONValue {
        var entry: [String: JSONValue] = [
            "operationId": .string("gateway.events"), "summary": .string("Follow a topic, as server-sent events"),
            "description": .string(words), "tags": .array([.string("gateway")]),
            "parameters": .array(parameters(topics)), "responses": .object(responses(&components)),
            "x-topics": .object(
                Dictionary(uniqueKeysWithValues: topics.map { ($0.name, topic($0, components.names)) })
            ),
        ]
        if !topics.contains(where: { $0.description.access?.isOpen == true }) { entry["security"] = OpenAPI.security }
        return .object(entry)
    }

    private static let words = """
        Each event has an `id`, the topic as its `event`, and its JSON as `data`. Whoever connects again with the last `id` in \
        `Last-Event-ID` misses nothing and gets nothing twice. `reset` says that what was missed is not kept any more, or that the log has \
        begun again: read the present state; the stream goes on with the oldest event that is kept. `end` says why the gateway ends the stream.
        """

    private static func topic(_ topic: MountedTopic, _ names: SchemaNames) -> JSONValue {
        .object([
            "summary": .string(topic.description.summary), "version": .integer(topic.description.version ?? 1),
            "payload": names.value(topic.description.payload),
        ])
    }

    private static func parameters(_ topics: [MountedTopic]) -> [JSONValue] {
        var several = JSONSchema.array(of: .string(1...Int(UInt16.max)))
        (several.minItems, several.maxItems) = (1, EventsRequest.mostKeys)
        let id = JSONSchema.string(pattern: "^[1-9][0-9]{0,19}:(0|[1-9][0-9]{0,19})$")
        return [
            parameter("topic", "Which one.", .string(oneOf: topics.map(\.name)), isRequired: true),
            parameter("key", "Only events with one of these keys.", several),
            parameter("key_prefix", "Only events whose key begins so.", several),
            parameter("last_event_id", "As `Last-Event-ID`, for the first connection; the header counts for more.", id),
            parameter("from", "Where to begin without an id.", .string(oneOf: ["live", "earliest"])),
            parameter(
                "version",
                "The version of the topic that is read; 409 where it has another.",
                .integer(1...1_000_000)
            ),
            parameter("Last-Event-ID", "The `id` of the last event that was taken.", id, in: "header"),
        ]
    }

    private static func parameter(
        _ name: String,
        _ description: String,
        _ schema: JSONSchema,
        in place: String = "query",
        isRequired: Bool = false
    ) -> JSONValue {
        .object([
            "name": .string(name), "in": .string(place), "required": .bool(isRequired),
            "description": .string(description), "schema": OpenAPI.schema(schema),
        ])
    }

    private static func responses(_ components: inout OpenAPIComponents) -> [String: JSONValue] {
        var responses: [String: JSONValue] = [
            "200": .object([
                "description": .string("The events, for as long as the client likes"),
                "headers": .object(OpenAPIHeaders.references(OpenAPIHeaders.always)),
                "content": .object([Edge.eventStream: .object(["schema": OpenAPI.schema(.string())])]),
            ]),
            "default": OpenAPIResponses.problem("Anything else that goes wrong", as: "Problem", &components),
        ]
        let codes: [ErrorCode] = [
            .invalidRequest, .unauthenticated, .forbidden, .notFound, .notAcceptable, .topicVersion, .tooManyRequests,
            .overloaded,
        ]
        for code in codes { responses["\(code.status)"] = OpenAPIResponses.problem(code.status, [code], &components) }
        return responses
    }
}
