// From an HTTP request to the payload of a bus call: checked against the operation's input schema, and the body's bytes left as they came.
//
//     path parameters ─┐
//     query (GET, DELETE) ─┴─> {"type":"script","id":3}      built here
//     body ──────────────────> the same bytes                where nothing else feeds the input
//     body and path ─────────> {"service_name":"x",…the body's own members}
//     body of lines, query ──> {"changes":[each line as it is],"atomic":true}      see RequestInput+Lines
//
// It refuses a body where none belongs, a query where the input comes in the body, and two sources that contradict each other.

internal import Bus
internal import HTTPServer

struct RequestInput {
    let operation: OperationDescription
    /// Name and decoded text, from the path.
    let pathParameters: [(name: String, text: String)]
    let request: HTTPRequest
    let conditions: Conditions

    /// Bodies above this many bytes are read elsewhere than on the bus loop.
    private static let largeBody = 16 << 10

    /// The payload.
    ///
    /// - Throws: `Failure` with all problems found.
    func payload() async throws(Failure) -> [UInt8] {
        guard request.body.count > Self.largeBody else { return try checkedPayload() }
        // Not `@concurrent`: that stays on the executor that the task prefers, which is the loop.
        return try await withTaskExecutorPreference(globalConcurrentExecutor) { () async throws(Failure) in
            try checkedPayload()
        }
    }

    private func checkedPayload() throws(Failure) -> [UInt8] {
        if let lines { return try payload(of: lines) }
        var members = try parameters(in: operation.input, takesQuery: takesQuery)
        let body = try self.body()
        try conditions.join(&members, body: body)
        guard var value = body else {
            let object = JSONValue.object(members)
            try check(object)
            return try Self.encode(object)
        }
        if case .object(let own) = value {
            let fromFields = Set(conditions.members.map(\.name))
            try refuseContradictions(members.filter { !fromFields.contains($0.key) }, own)
            members = members.filter { own[$0.key] == nil }
            value = .object(own.merging(members) { own, _ in own })
        }
        try check(value)
        return members.isEmpty ? request.body : try Self.splice(members, into: request.body)
    }

    private func check(_ value: JSONValue) throws(Failure) {
        let problems = SchemaValidator.problems(of: value, against: operation.input)
        guard problems.isEmpty else { throw Self.failure(problems) }
    }

    /// The first few problems in words, all of them as data.
    static func failure(_ problems: [Failure.Field]) -> Failure {
        let told = problems.prefix(3).map { "\($0.field) \($0.problem)" }
        let more = problems.count > told.count ? "; and \(problems.count - told.count) more" : ""
        return Failure(.invalidRequest, told.joined(separator: "; ") + more, fields: problems)
    }

    // MARK: Body

    private var mayHaveBody: Bool { !["GET", "HEAD"].contains(request.method) }

    /// The parsed body; nil where there is none.
    private func body() throws(Failure) -> JSONValue? {
        guard !request.body.isEmpty else { return nil }
        guard mayHaveBody else { throw .invalid("body", "must be empty: \(request.method) takes none") }
        let types = request.headers.all("Content-Type")
        guard types.count == 1, MediaType.isJSON(types[0]), request.headers["Content-Encoding"] == nil else {
            let orLines = operation.lines == nil ? "" : ", or as lines of it: `\(MediaType.lines[0])`"
            throw Failure(
                .unsupportedMediaType,
                "Send the body as JSON: `Content-Type: application/json`\(orLines)."
            )
        }
        do throws(JSONFault) {
            return try JSONReader.read(request.body)
        } catch {
            let place = "line \(error.line), column \(error.column)"
            let field = Failure.Field("body", "is not valid JSON at \(place): \(error.reason)")
            throw Failure(.invalidRequest, "The body is not valid JSON at \(place): \(error.reason).", fields: [field])
        }
    }

    private func refuseContradictions(
        _ parameters: [String: JSONValue],
        _ body: [String: JSONValue]
    ) throws(Failure) {
        let problems = parameters.keys.sorted().filter { body[$0] != nil && body[$0] != parameters[$0] }
            .map { Failure.Field($0, "is one thing in the URL and another in the body") }
        guard problems.isEmpty else { throw Self.failure(problems) }
    }

    // MARK: Path and query

    private var takesQuery: Bool { ["GET", "HEAD", "DELETE"].contains(request.method) }

    /// What path and query say, as members of an input.
    func parameters(in input: JSONSchema, takesQuery: Bool) throws(Failure) -> [String: JSONValue] {
        var texts: [String: [String]] = [:]
        for (name, text) in pathParameters { texts[name] = [text] }
        var problems: [Failure.Field] = []
        for (name, text) in request.query {
            if let problem = queryProblem(name, input, takesQuery) {
                problems.append(Failure.Field(String(name.prefix(64)), problem))
            } else {
                texts[name, default: []].append(text)
            }
        }
        var members: [String: JSONValue] = [:]
        for (name, texts) in texts.sorted(by: { $0.key < $1.key }) {
            do throws(Parameter.Problem) {
                members[name] = try Parameter.value(texts, input.properties?[name] ?? .any)
            } catch {
                problems.append(Failure.Field(name, error.clause))
            }
        }
        guard problems.isEmpty else { throw Self.failure(Array(problems.prefix(SchemaValidator.mostProblems))) }
        return members
    }

    private func queryProblem(_ name: String, _ input: JSONSchema, _ takesQuery: Bool) -> String? {
        guard takesQuery else { return "must not be in the query: this operation takes its input in the body" }
        if pathParameters.contains(where: { $0.name == name }) {
            return "is part of the path; leave it out of the query"
        }
        let isKnown = input.properties?[name] != nil || input.additionalProperties == true
        return isKnown ? nil : "is not a known field"
    }

    // MARK: Writing

    /// Members put in front of those of the object that `body` is; the body's bytes stay as they are.
    private static func splice(_ members: [String: JSONValue], into body: [UInt8]) throws(Failure) -> [UInt8] {
        guard let brace = body.firstIndex(of: UInt8(ascii: "{")) else { return body }
        let inner = body[(brace + 1)...]
        let isEmpty = inner.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: "}")
        return try encode(.object(members)).dropLast() + (isEmpty ? [] : [UInt8(ascii: ",")]) + inner
    }

    static func encode(_ value: JSONValue) throws(Failure) -> [UInt8] {
        do {
            return try PayloadCoding.encode(value)
        } catch {
            throw Failure(.internalError, "The input could not be written.")
        }
    }
}
