// The header fields of a success that come from what it says (`HeaderMembers`), and what its request's conditions make of it.

internal import Bus
internal import HTTPServer

struct AnswerHeaders: Sendable {
    let operation: OperationDescription
    let conditions: Conditions
    /// Of the request, as it came.
    let query: [(name: String, value: String)]

    /// Answers above this many bytes are looked through elsewhere than on the bus loop.
    private static let large = 16 << 10

    /// - Throws: `Failure` with `precondition_failed` where a read was to be another one.
    func dress(_ response: HTTPResponse, isRepeat: Bool) async throws(Failure) -> HTTPResponse {
        var response = response
        if isRepeat { response.headers.append(("Idempotency-Replayed", "true")) }
        guard let headers = operation.headers else { return response }
        let members = await members(headers, response.body)
        let numbers = members.compactMapValues { UInt64(String(decoding: $0, as: UTF8.self)) }
        let tag = Self.tag(headers, numbers)
        if let tag { response.headers.append(("ETag", tag.text)) }
        if let position = headers.offset.flatMap({ members[$0] }).flatMap(Self.position) {
            response.headers.append(("Fountain-Offset", position))
        }
        if let next = headers.next.flatMap({ members[$0] }), let link = PageLink.next(next, after: query) {
            response.headers.append(("Link", link))
        }
        switch conditions.verdict(on: tag) {
        case .send: return operation.success == 204 ? Self.withoutBody(response) : response
        case .notModified: return Self.notModified(response, tag.map(conditions.known))
        case .failed: throw Self.changed(tag)
        }
    }

    /// An offset, or an epoch and an offset in quotes: nothing else becomes a field.
    private static func position(_ member: JSONSkim.Bytes) -> String? {
        let text = String(decoding: member, as: UTF8.self)
        if let offset = UInt64(text) { return "\(offset)" }
        guard text.utf8.count > 2, text.utf8.first == UInt8(ascii: "\""), text.utf8.last == UInt8(ascii: "\"") else {
            return nil
        }
        return LogPosition(String(text.dropFirst().dropLast()))?.text
    }

    /// A 204 has none (RFC 9110 §15.3.5): what the service says besides is in the fields.
    private static func withoutBody(_ response: HTTPResponse) -> HTTPResponse {
        HTTPResponse(status: 204, headers: response.headers.filter { $0.0 != "Content-Type" })
    }

    /// All that is wanted of a body, in one pass.
    private func members(_ headers: HeaderMembers, _ body: [UInt8]) async -> [String: JSONSkim.Bytes] {
        let names = Set((headers.etag ?? []) + [headers.offset, headers.next].compactMap(\.self))
        guard body.count > Self.large else { return JSONSkim.members(names, of: body[...]) }
        return await withTaskExecutorPreference(globalConcurrentExecutor) { JSONSkim.members(names, of: body[...]) }
    }

    private static func tag(_ headers: HeaderMembers, _ numbers: [String: UInt64]) -> EntityTag? {
        guard let names = headers.etag, names.allSatisfy({ numbers[$0] != nil }) else { return nil }
        return EntityTag(names.compactMap { numbers[$0] })
    }

    /// What RFC 9110 §15.4.5 wants of it: the fields of the answer, but nothing about a body.
    private static func notModified(_ response: HTTPResponse, _ tag: EntityTag?) -> HTTPResponse {
        let fields = response.headers.filter { $0.0 != "Content-Type" && $0.0 != "ETag" }
        return HTTPResponse(status: 304, headers: fields + (tag.map { [("ETag", $0.text)] } ?? []))
    }

    private static func changed(_ tag: EntityTag?) -> Failure {
        Failure(
            .preconditionFailed,
            "Its tag is \(tag?.text ?? "none") now.",
            fields: [.init("If-Match", "does not name the present tag")],
            revision: tag?.revision
        )
    }
}
