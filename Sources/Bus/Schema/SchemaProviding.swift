// A value type that knows its own schema, because its rules (a range, a length, a list of names) are more than its shape.

/// A type that says its own schema, where deriving it from the shape would lose its rules.
public protocol SchemaProviding {
    static var schema: JSONSchema { get }
    /// Any valid value; the recorder needs one to get past `init(from:)`.
    static var sample: Self { get }
}

extension SchemaProviding where Self: CaseIterable & RawRepresentable, RawValue == String, AllCases.Index == Int {
    public static var schema: JSONSchema { .string(oneOf: allCases.map(\.rawValue)) }
    public static var sample: Self { allCases[0] }
}

/// A type whose shape is derived, and that has rules beyond it: ranges of its numbers, lengths of its lists.
public protocol SchemaRefining {
    static func refine(_ schema: inout JSONSchema)
}

extension JSONSchema {
    /// Says the range of a field that is an integer; its lowest or highest where only one is given.
    public mutating func bound(_ field: String, from least: Int? = nil, to most: Int? = nil) {
        properties?[field]?.minimum = least
        properties?[field]?.maximum = most
    }

    /// Says how many elements a field that is a list may have.
    public mutating func count(_ field: String, _ range: ClosedRange<Int>) {
        properties?[field]?.minItems = range.lowerBound
        properties?[field]?.maxItems = range.upperBound
    }

    /// Says what a field that is text must look like.
    public mutating func spell(_ field: String, _ length: ClosedRange<Int>, _ pattern: String) {
        properties?[field]?.minLength = length.lowerBound
        properties?[field]?.maxLength = length.upperBound
        properties?[field]?.pattern = pattern
    }
}
