// The caller's number for an element, unique within its sequence and type: two plays may both have an action 1.

public import Bus

/// The caller's number for an element. A number out of `range` is refused when it is decoded.
public struct ElementID: Codable, Sendable, Hashable, Comparable, SchemaProviding {
    /// The largest is the largest integer that every JSON reader takes exactly (RFC 8259 §6).
    public static let range = 1...9_007_199_254_740_991

    /// Within `range`.
    public let value: Int

    /// `nil` for a number outside `range`.
    public init?(_ value: Int) {
        guard Self.range.contains(value) else { return nil }
        self.value = value
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        value = try container.decode(Int.self, in: Self.range)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }

    public static func < (left: ElementID, right: ElementID) -> Bool { left.value < right.value }

    public static var schema: JSONSchema {
        .integer(range, "The caller's number for the element, unique in its sequence and type")
    }
    public static var sample: ElementID { ElementID(checked: range.lowerBound) }

    private init(checked value: Int) { self.value = value }
}

extension SingleValueDecodingContainer {
    /// An integer in `range`; the error says where the range ends, as a clause that follows the field's name.
    func decode(_ type: Int.Type, in range: ClosedRange<Int>) throws -> Int {
        let value = try decode(Int.self)
        guard value >= range.lowerBound else {
            throw DecodingError.dataCorruptedError(in: self, debugDescription: "must be at least \(range.lowerBound)")
        }
        guard value <= range.upperBound else {
            throw DecodingError.dataCorruptedError(in: self, debugDescription: "must be at most \(range.upperBound)")
        }
        return value
    }

    /// A text whose length in Unicode code points, as JSON Schema counts, lies in `length`, and that has no U+0000.
    func decode(_ type: String.Type, length: ClosedRange<Int>) throws -> String {
        let text = try decode(String.self)
        let count = text.unicodeScalars.count
        guard count >= length.lowerBound else {
            let problem =
                length.lowerBound == 1 ? "must not be empty" : "must have at least \(length.lowerBound) characters"
            throw DecodingError.dataCorruptedError(in: self, debugDescription: problem)
        }
        guard count <= length.upperBound else {
            let problem = "must have at most \(length.upperBound) characters"
            throw DecodingError.dataCorruptedError(in: self, debugDescription: problem)
        }
        guard !text.unicodeScalars.contains("\0") else {
            throw DecodingError.dataCorruptedError(in: self, debugDescription: "must not contain U+0000")
        }
        return text
    }
}
