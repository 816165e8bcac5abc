// A value type that knows its own schema, because its rules (a range, a length, a list of names) are more than its shape.

public protocol SchemaProviding {
    static var schema: JSONSchema { get }
    /// Any valid value; the recorder needs one to get past `init(from:)`.
    static var sample: Self { get }
}

extension SchemaProviding where Self: CaseIterable & RawRepresentable, RawValue == String, AllCases.Index == Int {
    public static var schema: JSONSchema { .string(oneOf: allCases.map(\.rawValue)) }
    public static var sample: Self { allCases[0] }
}
