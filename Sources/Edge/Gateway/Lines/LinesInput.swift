// A body of JSON lines as the input of an operation that takes a list (`LineMembers`): each line becomes an element as it is, byte for byte.
//
//     ?atomic=true    {"create":…} ⏎ {"move":…} ⏎     ──>     {"changes":[{"create":…},{"move":…}],"atomic":true}
//
// Lines are counted as an editor counts them: an empty one within the text is a line that is no JSON, one at the end is none. A line that is
// wrong becomes a text that says why, and the others stay: what is done with it is the service's to say. It refuses a body without lines,
// and one with more than the list's schema takes.

internal import Bus

struct LinesInput {
    let schema: JSONSchema

    private let name: String
    private var items: JSONSchema { schema.properties?[name]?.items?.value ?? .any }

    /// The input of an operation, whose lines are the elements of one member.
    init(_ lines: LineMembers, of schema: JSONSchema) {
        self.schema = schema
        name = lines.input
    }

    /// What the query has to be: the input without the list.
    var rest: JSONSchema {
        var rest = schema
        rest.properties?[name] = nil
        rest.required?.removeAll { [name] in $0 == name }
        return rest
    }

    /// The input as a JSON object; `members` are the others, an object's bytes without its braces.
    ///
    /// - Throws: `Failure` with `invalid_request`.
    func object(_ body: [UInt8], members: ArraySlice<UInt8>) throws(Failure) -> [UInt8] {
        let lines = Self.lines(of: body)
        guard !lines.isEmpty else { throw .invalid("body", "must have a line at least") }
        if let most = schema.properties?[name]?.maxItems, lines.count > most {
            throw .invalid("body", "must have at most \(most) lines, and has \(lines.count)")
        }
        var object = Array("{\"\(name)\":[".utf8)
        object.reserveCapacity(body.count + members.count + 32)
        for (index, line) in lines.enumerated() {
            if index > 0 { object.append(UInt8(ascii: ",")) }
            object += fault(in: line).map(Self.quoted) ?? line
        }
        object.append(UInt8(ascii: "]"))
        if !members.isEmpty { object.append(UInt8(ascii: ",")) }
        return object + members + [UInt8(ascii: "}")]
    }

    /// Between line feeds; what ends with one has no line behind it.
    static func lines(of body: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines = body.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
            line.last == UInt8(ascii: "\r") ? line.dropLast() : line
        }
        while lines.last?.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) == true { lines.removeLast() }
        return lines
    }

    /// What is wrong with a line.
    private func fault(in line: ArraySlice<UInt8>) -> String? {
        guard !line.isEmpty else { return "is empty" }
        do throws(JSONFault) {
            let value = try JSONReader.read(Array(line))
            let problems = SchemaValidator.problems(of: value, against: items)
            return problems.first.map { $0.field.isEmpty ? $0.problem : "\($0.field) \($0.problem)" }
        } catch {
            return "is not valid JSON at column \(error.column): \(error.reason)"
        }
    }

    private static func quoted(_ text: String) -> ArraySlice<UInt8> {
        ((try? PayloadCoding.encode(JSONValue.string(text))) ?? Array("\"\"".utf8))[...]
    }
}
