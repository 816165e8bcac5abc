// Where an answer leads (OpenAPI's `links`), found in the declarations: from what was made to its reading, from a page to the next one.
//
//     POST /sequence  {elementType, elementId, …}  ──read──>  GET /sequence/{elementType}/{elementId}

internal import Bus

enum OpenAPILinks {
    static func of(_ mounted: MountedOperation, among operations: [MountedOperation]) -> [String: JSONValue] {
        var links: [String: JSONValue] = [:]
        if mounted.description.success == 201 {
            for reading in operations where reading.service == mounted.service && reading.method == "GET" {
                links[reading.description.name] = link(from: mounted, to: reading)
            }
        }
        if let next = mounted.description.headers?.next, mounted.description.input.properties?["after"] != nil {
            let parameters = inPath(mounted).merging(["after": .string("$response.body#/\(next)")]) { $1 }
            links["next"] = link(to: mounted, parameters, "The next page; there is none where `\(next)` is absent.")
        }
        return links
    }

    /// Where all that the reading's path asks for was sent, or is in the answer.
    private static func link(from made: MountedOperation, to reading: MountedOperation) -> JSONValue? {
        let wanted = reading.template.parameters
        guard !wanted.isEmpty, reading.description.input.required ?? [] == wanted else { return nil }
        var parameters: [String: JSONValue] = [:]
        for name in wanted {
            guard let place = place(of: name, in: made) else { return nil }
            parameters[name] = .string(place)
        }
        return link(to: reading, parameters, reading.description.summary)
    }

    private static func place(of name: String, in made: MountedOperation) -> String? {
        if made.template.parameters.contains(name) { return "$request.path.\(name)" }
        let (input, output) = (made.description.input, made.description.output)
        if output?.required?.contains(name) == true { return "$response.body#/\(name)" }
        return input.required?.contains(name) == true ? "$request.body#/\(name)" : nil
    }

    private static func inPath(_ mounted: MountedOperation) -> [String: JSONValue] {
        Dictionary(uniqueKeysWithValues: mounted.template.parameters.map { ($0, .string("$request.path.\($0)")) })
    }

    private static func link(
        to mounted: MountedOperation,
        _ parameters: [String: JSONValue],
        _ description: String
    ) -> JSONValue {
        .object([
            "operationId": .string(mounted.description.name), "parameters": .object(parameters),
            "description": .string(description),
        ])
    }
}
