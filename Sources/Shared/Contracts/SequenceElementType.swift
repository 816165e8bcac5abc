// The kinds of element that a play is made of. Each kind counts its own sequence numbers.

public import Bus

public enum ElementType: String, Codable, CaseIterable, Sendable, SchemaProviding {
    case script, section, character, action, spokenWord

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let known = Self(rawValue: try container.decode(String.self)) else {
            let names = Self.allCases.map(\.rawValue).joined(separator: ", ")
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "must be one of \(names)")
        }
        self = known
    }
}
