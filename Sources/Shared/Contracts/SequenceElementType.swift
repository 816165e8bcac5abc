// The kinds of element that a play is made of. Each kind counts its own sequence numbers.

public import Bus

/// What an element is. Anything else is refused when it is decoded, with a text that lists these five.
public enum ElementType: String, Codable, CaseIterable, Sendable, SchemaProviding {
    /// On the wire by these names; each names the sequence of its elements that have no other.
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
