// The collection as Typesense is told to make it. Fields that begin with `_` are how it is kept, and nothing to show.

struct TypesenseSchema: Encodable {
    struct Field: Encodable {
        let name: String
        let type: String
        var facet: Bool?
        // Not to be searched: what is only shown.
        var optional: Bool?
        var index: Bool?
        /// Texts are not, unless it is said.
        var sort: Bool?
    }

    let name: String
    /// `id` is there in every collection and is not declared.
    let fields: [Field]

    init(name: String, mark: String) {
        self.name = name
        let shown = DocumentField.allCases.filter { $0 != .id }.map { field in
            field.isNumber || field.isFacet
                ? Field(name: field.rawValue, type: field.type, facet: field.isFacet)
                : Field(name: field.rawValue, type: field.type, optional: true, index: false)
        }
        let words = DocumentField.allCases.filter(\.isSearchable).map { Field(name: $0.words, type: "string") }
        let exact = DocumentField.allCases.filter { !$0.isNumber }.map { Field(name: $0.exact, type: "string") }
        let own = [TypesenseDocument.order, TypesenseDocument.place].map { Field(name: $0, type: "int64") }
        fields = shown + words + exact + own + [Field(name: mark, type: "string", optional: true, index: false)]
    }
}
