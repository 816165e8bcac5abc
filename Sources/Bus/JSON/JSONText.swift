// Any JSON value, byte for byte as its sender wrote it: for what is kept and given back, not looked at.
//
// Numbers of any length, `0.10`, the order of keys, keys that differ only in their normalisation: none of that survives in a value of Swift.
// So the text travels. What `JSONTextRules` refuses never becomes one: a key that stands twice, more than 64 levels, half a surrogate.

/// One JSON value as text. Two are equal where their bytes are: `1` and `1.0` differ.
public struct JSONText: Sendable, Equatable {
    /// UTF-8, without blanks around.
    public let bytes: [UInt8]

    /// The text, without the blanks around it; nil where it is not one JSON value, or one that is refused.
    public init?(_ text: [UInt8]) {
        guard let tape = try? JSONTape(text[...]), JSONTextRules(tape, of: text[...]).problem(at: 0) == nil else {
            return nil
        }
        bytes = Array(tape.bytes(of: 0, in: text[...]))
    }

    /// What has been one before: a store's own rows.
    package init(trusted bytes: [UInt8]) { self.bytes = bytes }

    /// The JSON value `null`, which is something else than no value.
    public static let null = JSONText(trusted: Array("null".utf8))

    /// As a value to look at; what Swift cannot hold is as near as it can be, and nil where that is not near at all.
    public var value: JSONValue? { try? PayloadCoding.decode(JSONValue.self, from: bytes[...]) }
}

extension JSONText: SchemaProviding {
    public static var schema: JSONSchema { .any }
    public static var sample: JSONText { .null }
}

// MARK: - Coding

extension JSONText: Codable {
    /// Under this name a decoder that is not ours has the whole text, as a `JSONSource`.
    static let source = CodingUserInfoKey(rawValue: "bus.payload")

    /// The plain coder never comes here: it takes the text where it stands. Foundation's knows only where that is.
    public init(from decoder: any Decoder) throws {
        guard let source = Self.source.flatMap({ decoder.userInfo[$0] as? JSONSource }) else {
            self.init(trusted: try PayloadCoding.encode(try JSONValue(from: decoder)))
            return
        }
        self.init(trusted: try source.text(at: decoder.codingPath))
    }

    /// As above: only an encoder that is not ours comes here, and gets what a Swift value holds of it.
    public func encode(to encoder: any Encoder) throws { try (value ?? .null).encode(to: encoder) }
}
