// The collection as Typesense is told to make it.

struct TypesenseSchema: Encodable {
    struct Field: Encodable {
        let name: String
        let type: String
        // Of the mark: it is in no document, and costs nothing.
        var optional: Bool?
        var index: Bool?
    }

    /// Whatever is neither letter nor digit parts words, here as in the built-in engine; by default Typesense would drop it and make
    /// `oer` of `o'er`.
    static let separators = (33...126).map { Unicode.Scalar(UInt8($0)) }.filter {
        !$0.properties.isAlphabetic && $0.properties.numericType == nil
    }

    let name: String
    /// `id` is there in every collection and is not declared.
    let fields: [Field]
    let separators = Self.separators.map { String($0) }

    init(name: String, mark: String) {
        self.name = name
        let own = DocumentField.allCases.filter { $0 != .id }.map { Field(name: $0.rawValue, type: $0.type) }
        fields = own + [Field(name: mark, type: "string", optional: true, index: false)]
    }

    private enum CodingKeys: String, CodingKey {
        case name, fields
        case separators = "token_separators"
    }
}
