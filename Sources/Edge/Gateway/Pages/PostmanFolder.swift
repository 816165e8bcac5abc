// A scenario as a folder of a Postman collection: its requests in order, each with the scripts that check the answer and hand values on.
//
// In the scripts is only what Postman and Newman both have: `pm.test`, `pm.expect`, `pm.response`, `pm.variables`, `pm.collectionVariables`.

internal import Bus

enum PostmanFolder {
    /// Nil where an operation of it is not here.
    static func of(_ scenario: PostmanScenario, _ operations: [MountedOperation]) -> JSONValue? {
        var items: [JSONValue] = []
        for step in scenario.steps {
            guard let mounted = operations.first(where: { $0.description.name == step.operation }) else { return nil }
            items.append(item(step, mounted))
        }
        return .object([
            "name": .string(scenario.name), "description": .string(scenario.about), "item": .array(items),
        ])
    }

    private static func item(_ step: PostmanStep, _ mounted: MountedOperation) -> JSONValue {
        var request = PostmanRequest.of(mounted, step.input, headers: step.headers)
        if case .key(let variable) = step.caller { request["auth"] = apiKey(variable) }
        let before = step.before.isEmpty ? [] : [script("prerequest", step.before)]
        return .object([
            "name": .string(step.words), "request": .object(request),
            "event": .array(before + [script("test", checks(step) + Postman.keeping(mounted) + keeping(step))]),
        ])
    }

    static func script(_ moment: String, _ lines: [String]) -> JSONValue {
        .object([
            "listen": .string(moment),
            "script": .object(["type": .string("text/javascript"), "exec": .array(lines.map { .string($0) })]),
        ])
    }

    private static func apiKey(_ variable: String) -> JSONValue {
        let attributes = [("key", "X-API-Key"), ("value", "{{\(variable)}}"), ("in", "header")]
        return .object([
            "type": .string("apikey"),
            "apikey": .array(
                attributes.map {
                    .object(["key": .string($0), "value": .string($1), "type": .string("string")])
                }
            ),
        ])
    }

    // MARK: Lines of JavaScript

    private static func checks(_ step: PostmanStep) -> [String] {
        [test("it is \(step.status)", "pm.response.to.have.status(\(step.status))")] + step.checks.map(test)
    }

    private static func test(_ words: String, _ expression: String) -> String {
        "pm.test(\(PostmanRequest.json(.string(words))), () => \(expression));"
    }

    private static func test(_ check: PostmanStep.Check) -> String {
        switch check {
        case .equal(let words, let source, let value): test(words, "\(expect(source)).to.eql(\(literal(value)))")
        case .atLeast(let words, let source, let number): test(words, "\(expect(source)).to.be.at.least(\(number))")
        case .isText(let words, let source): test(words, "\(expect(source)).to.be.a(\"string\")")
        }
    }

    private static func expect(_ source: PostmanStep.Source) -> String { "pm.expect(\(expression(source)))" }

    private static func expression(_ source: PostmanStep.Source) -> String {
        switch source {
        case .body(let path): "pm.response.json().\(path)"
        case .header(let name): "pm.response.headers.get(\(PostmanRequest.json(.string(name))))"
        }
    }

    private static func literal(_ value: JSONValue) -> String {
        let literal = PostmanRequest.json(value)
        return value.string?.contains("{{") == true ? "pm.variables.replaceIn(\(literal))" : literal
    }

    /// A bad answer has none of it, and would take away what is there.
    private static func keeping(_ step: PostmanStep) -> [String] {
        let kept = step.keeps.sorted { $0.key < $1.key }.map { name, source in
            "  pm.collectionVariables.set(\(PostmanRequest.json(.string(name))), \(expression(source)));"
        }
        return kept.isEmpty ? [] : ["if (pm.response.code === \(step.status)) {"] + kept + ["}"]
    }
}
