// The conditions of a request (RFC 9110 §13), for whatever operation it is: which it has is declared there (`HeaderMembers`).
//
//     If-Match, where the operation takes it      a member of its input: whoever keeps the data compares, in the transaction of the change
//     If-Match and If-None-Match of a read        compared here, with the tag of the answer: 412, or 304 without a body
//     Fountain-Offset, where it is taken          a member of its input: whoever answers waits until that position is reached
//     Fountain-Offset of anything else            refused: who sends it counts on it
//     no If-Match, where the topology asks for one    refused: 428 (RFC 6585)
//     If-Match of any other change                refused: who sends it counts on it
//     If-None-Match of a change                   not looked at, as of any method that selects no representation
//
// `*` asks for something that is there; what is not there is 404 without it. A weak tag never matches (§13.1.1), nor does one that is not
// of our making: then the list of revisions is empty, and the answer is 412 with the present one.

internal import Bus
internal import HTTPServer

struct Conditions: Sendable {
    /// What a read has to be, or must not be.
    private let match: EntityTag.List?
    private let noneMatch: EntityTag.List?
    /// A field that becomes part of the input.
    struct Member {
        let field: String
        let name: String
        let value: JSONValue
    }

    let members: [Member]
    /// The member without which this change is refused; nil where it needs none, or `*` is its condition.
    private let wanted: String?

    /// Where conditions are required, a change that can have one must have one.
    ///
    /// - Throws: `Failure` with `invalid_request` that names the field.
    init(
        _ request: HTTPRequest,
        of operation: OperationDescription,
        areRequired: Bool = false
    ) throws(Failure) {
        let isRead = request.method == "GET" || request.method == "HEAD"
        let match = try Self.list("If-Match", request)
        noneMatch = isRead ? try Self.list("If-None-Match", request) : nil
        self.match = isRead ? match : nil
        wanted = areRequired && !isRead && match == nil ? operation.headers?.ifMatch : nil
        let condition =
            isRead ? nil : try match.flatMap { list throws(Failure) in try Self.member(list, of: operation) }
        members = [condition, try Self.position(request, of: operation)].compactMap(\.self)
    }

    private static func position(_ request: HTTPRequest, of operation: OperationDescription) throws(Failure) -> Member?
    {
        let field = "Fountain-Offset"
        let lines = request.headers.all(field)
        guard let line = lines.first else { return nil }
        guard let name = operation.headers?.reached else {
            throw .invalid(field, "is not taken here: \(operation.name) waits for no position")
        }
        guard lines.count == 1, let position = LogPosition(line) else {
            throw .invalid(field, "must be the Fountain-Offset of an answer: epoch and offset, such as 77:42")
        }
        return Member(field: field, name: name, value: .string(position.text))
    }

    private static func list(_ name: String, _ request: HTTPRequest) throws(Failure) -> EntityTag.List? {
        let lines = request.headers.all(name)
        guard !lines.isEmpty else { return nil }
        do throws(EntityTag.Malformed) {
            return try EntityTag.list(lines)
        } catch {
            throw .invalid(name, "must be * or a list of at most \(EntityTag.most) tags in quotes: \"17\", \"18\"")
        }
    }

    private static func member(_ list: EntityTag.List, of operation: OperationDescription) throws(Failure)
        -> Member?
    {
        guard case .tags(let tags) = list else { return nil }
        guard let name = operation.headers?.ifMatch else {
            throw .invalid("If-Match", "is not taken here: \(operation.name) has no condition that it could be")
        }
        let revisions = tags.filter { !$0.isWeak }.compactMap(\.revision).compactMap { Int(exactly: $0) }
        return Member(field: "If-Match", name: name, value: .array(revisions.map { .integer($0) }))
    }

    // MARK: Into the input

    /// Adds the members that fields became; the same may be in the query or the body as well.
    ///
    /// - Throws: `Failure` with `invalid_request` where it is another one there.
    func join(_ members: inout [String: JSONValue], body: JSONValue?) throws(Failure) {
        try demand(members, body: body)
        for member in self.members {
            var own = members[member.name]
            if case .object(let fields) = body { own = fields[member.name] ?? own }
            if let own {
                guard Self.isSame(own, member.value) else {
                    throw .invalid(member.field, "says something else than \(member.name)")
                }
            } else {
                members[member.name] = member.value
            }
        }
    }

    private func demand(_ members: [String: JSONValue], body: JSONValue?) throws(Failure) {
        guard let wanted, members[wanted] == nil else { return }
        if case .object(let fields) = body, let own = fields[wanted], own != .null { return }
        throw Failure(
            .preconditionRequired,
            "Say which state this is to change: If-Match with the ETag that you read, or * for any.",
            fields: [.init("If-Match", "is missing, and \(wanted) too")]
        )
    }

    private static func isSame(_ own: JSONValue, _ revisions: JSONValue) -> Bool {
        own == revisions || .array([own]) == revisions
    }

    // MARK: Of an answer

    enum Verdict: Equatable {
        case send, notModified, failed
    }

    /// What becomes of a read's answer with this tag, in the order of §13.2.2.
    func verdict(on tag: EntityTag?) -> Verdict {
        if case .tags(let tags) = match, !tags.contains(where: { !$0.isWeak && $0.isSameState(as: tag) }) {
            return .failed
        }
        return switch noneMatch {
        case nil: .send
        case .any: .notModified
        case .tags(let tags): tags.contains { $0.isSameState(as: tag) } ? .notModified : .send
        }
    }

    /// The tag of a 304: that of what its client has, which may be compressed.
    func known(_ tag: EntityTag) -> EntityTag {
        guard case .tags(let tags) = noneMatch else { return tag }
        return tags.first { !$0.isWeak && $0.isSameState(as: tag) } ?? tag
    }
}
