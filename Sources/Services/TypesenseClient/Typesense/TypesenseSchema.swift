// The collection as Typesense is told to make it.

struct TypesenseSchema: Encodable {
    struct Field: Encodable {
        let name: String
        let type: String
    }

    /// Whatever is neither letter nor digit parts words, here as in the built-in engine; by default Typesense would drop it and make
    /// `oer` of `o'er`.
    static let separators = (33...126).map { Character(Unicode.Scalar(UInt8($0))) }.filter {
        !$0.isLetter && !$0.isNumber
    }

    let name: String
    /// `id` is there in every collection and is not declared.
    let fields = DocumentField.allCases.filter { $0 != .id }.map { Field(name: $0.rawValue, type: $0.type) }
    let separators = Self.separators.map(String.init)

    private enum CodingKeys: String, CodingKey {
        case name, fields
        case separators = "token_separators"
    }
}
