// Turns the text of a path segment or query parameter into the JSON value that the input's schema asks for.
//
// Text that fits no kind is an error, never a guess: `elementId=1x` must not arrive as a string where a number was meant.

internal import Bus

enum Parameter {
    /// The value of a parameter that was given `texts` times.
    ///
    /// - Throws: What is wrong, as a clause that follows the name.
    static func value(_ texts: [String], _ schema: JSONSchema) throws(Problem) -> JSONValue {
        if schema.kinds.contains(.array) {
            let items = schema.items?.value ?? .any
            var elements: [JSONValue] = []
            for text in texts { elements.append(try value(text, items)) }
            return .array(elements)
        }
        guard texts.count == 1 else { throw Problem(clause: "must be given once") }
        return try value(texts[0], schema)
    }

    struct Problem: Error, Equatable {
        let clause: String
    }

    private static func value(_ text: String, _ schema: JSONSchema) throws(Problem) -> JSONValue {
        let kinds = schema.kinds.filter { $0 != .null }
        for kind in kinds {
            if let value = value(text, kind) { return value }
        }
        if kinds.isEmpty { return .string(text) }
        throw Problem(clause: "must be \(kinds.map(\.words).joined(separator: " or "))")
    }

    private static func value(_ text: String, _ kind: JSONSchema.Kind) -> JSONValue? {
        switch kind {
        case .string: .string(text)
        case .boolean: text == "true" ? .bool(true) : text == "false" ? .bool(false) : nil
        case .integer: number(text).flatMap { isWhole($0, text) ? $0 : nil }
        case .number: number(text)
        case .object, .array, .null: nil
        }
    }

    /// Written as an integer, be it one that is too large: that is for the range to say.
    private static func isWhole(_ value: JSONValue, _ text: String) -> Bool {
        if case .integer = value { return true }
        return text.utf8.allSatisfy(isNumeric)
    }

    /// As JSON writes numbers: no plus sign, no leading zero, no blanks.
    private static func number(_ text: String) -> JSONValue? {
        switch try? JSONReader.read(Array(text.utf8)) {
        case .integer(let integer) where text.utf8.first.map(isNumeric) == true && isNumericEnd(text): .integer(integer)
        case .number(let number)
        where number.isFinite && text.utf8.first.map(isNumeric) == true && isNumericEnd(text):
            .number(number)
        default: nil
        }
    }

    private static func isNumericEnd(_ text: String) -> Bool { text.utf8.last.map(isNumeric) == true }

    private static func isNumeric(_ byte: UInt8) -> Bool { byte == 0x2D || (0x30...0x39).contains(byte) }
}
