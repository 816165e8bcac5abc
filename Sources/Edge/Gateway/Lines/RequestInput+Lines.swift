// Input that comes as JSON lines: the list from the body, everything else from path and query.

internal import Bus
internal import HTTPServer

extension RequestInput {
    /// The lines of the body; nil where the operation takes none, or this is another body.
    var lines: LinesInput? {
        let types = request.headers.all("Content-Type")
        guard let lines = operation.lines, types.count == 1, MediaType.isLines(types[0]),
            request.headers["Content-Encoding"] == nil
        else { return nil }
        return LinesInput(lines, of: operation.input)
    }

    func payload(of lines: LinesInput) throws(Failure) -> [UInt8] {
        var members = try parameters(in: lines.rest, takesQuery: true)
        try conditions.join(&members, body: nil)
        let problems = SchemaValidator.problems(of: .object(members), against: lines.rest)
        guard problems.isEmpty else { throw Self.failure(problems) }
        return try lines.object(request.body, members: try Self.encode(.object(members)).dropFirst().dropLast())
    }
}
