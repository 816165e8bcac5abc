// A producer's documents as Typesense keeps and finds them: by their rows in the store, which has the documents themselves.
//
//     w0      the tokens of a text, by our own rule
//     e0      each value as one token, compared exactly: n42, m42 for -42, d and a digest for a text
//     f0      numbers, to be compared and sorted by
//     order   the id in hexadecimal, which breaks ties
//     missing the fields that a document is without, since Typesense has no word for that

import Bus
import Contracts

struct TypesenseProducerSchema: Encodable {
    typealias Field = TypesenseSchema.Field

    let name: String
    let fields: [Field]

    init(name: String, mark: String, _ schema: CollectionSchema) {
        self.name = name
        let exact = schema.indexed.map { Field(name: $0.exact, type: "string[]", facet: $0.isFacet, optional: true) }
        let words = schema.texts.map { Field(name: $0.words, type: "string", optional: true) }
        let numbers = schema.numbers.map { field in
            Field(name: field.ordered, type: field.isArray ? "int64[]" : "int64", optional: !field.isSortable)
        }
        let own = [
            Field(name: SchemaField.id.exact, type: "string[]"),
            Field(name: Self.missing, type: "string[]", optional: true),
            Field(name: Self.order, type: "string", sort: true),
            Field(name: mark, type: "string", optional: true, index: false),
        ]
        fields = exact + words + numbers + own
    }

    static let missing = "missing"
    static let order = "order"
}

struct TypesenseProducerDocument: Encodable {
    private enum Value {
        case text(String)
        case texts([String])
        case number(Int)
        case numbers([Int])
    }

    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(_ name: String) { stringValue = name }
        init?(stringValue: String) { nil }
        init?(intValue: Int) { nil }
    }

    let id: String
    private let values: [(name: String, value: Value)]

    /// `nil` for a document that is gone.
    init?(_ change: ProducerChange, _ schema: CollectionSchema) {
        guard let document = change.document else { return nil }
        id = String(change.row)
        let there = Set(document.values.map(\.field.number))
        let missing = schema.indexed.filter { !there.contains($0.number) }.map(\.exact)
        var values: [(name: String, value: Value)] = [
            (SchemaField.id.exact, .texts([FieldValue.text(document.id).token])),
            (TypesenseProducerSchema.missing, .texts(missing)),
            (TypesenseProducerSchema.order, .text(Self.order(document.id))),
        ]
        for (field, all) in document.values {
            values.append((field.exact, .texts(all.map(\.token))))
            guard field.isNumber else { continue }
            let numbers = all.compactMap(\.number)
            values.append((field.ordered, field.isArray ? .numbers(numbers) : .number(numbers.first ?? 0)))
        }
        for (field, text) in change.tokens(\.textWithPairs) { values.append((field.words, .text(text))) }
        self.values = values
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Name.self)
        try container.encode(id, forKey: Name("id"))
        for (name, value) in values {
            switch value {
            case .text(let text): try container.encode(text, forKey: Name(name))
            case .texts(let texts): try container.encode(texts, forKey: Name(name))
            case .number(let number): try container.encode(number, forKey: Name(name))
            case .numbers(let numbers): try container.encode(numbers, forKey: Name(name))
            }
        }
    }

    /// In the order of the id's bytes.
    private static func order(_ id: String) -> String {
        id.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

/// A hit: its row.
struct TypesenseRow: Decodable, Sendable {
    let id: String
}

extension TypesenseSearch {
    /// - Throws: `Failure` with `invalid_request` where the filter is more than Typesense takes.
    init(_ query: ProducerQuery, collection: String) throws(Failure) {
        self.collection = collection
        self.query = Self.text(query.question)
        prefix = query.question.beginning != nil
        let words = query.fields.map(\.words)
        queryBy = words.isEmpty ? TypesenseProducerSchema.order : words.joined(separator: ",")
        let guesses = query.question.anyOf.map { TypesenseFilter(oneOf: $0, in: words) }
        filterBy = try TypesenseFilter.text(of: guesses + [query.filter.map(TypesenseFilter.init)].compactMap(\.self))
        sortBy = query.order.map { "\(Self.name($0.key)):\($0.isDescending ? "desc" : "asc")" }.joined(separator: ",")
        facetBy = query.facets.map(\.exact).joined(separator: ",")
        shown = "id"
        (page, perPage) = (query.page.number, query.page.size)
    }

    private static func name(_ key: ProducerQuery.Key) -> String {
        switch key {
        case .relevance: "_text_match"
        case .id: TypesenseProducerSchema.order
        case .field(let field): field.ordered
        }
    }
}

extension TypesenseFilter {
    fileprivate init(_ filter: FieldFilter<SchemaField>) {
        self =
            switch filter {
            case .clause(let clause), .numbers(let clause, _): TypesenseFilter(clause)
            case .all(let parts): .all(parts.map(TypesenseFilter.init))
            case .any(let parts): .any(parts.map(TypesenseFilter.init))
            }
    }

    private init(_ clause: FieldClause<SchemaField>) {
        let field = clause.field
        guard clause.comparison == .equal || clause.comparison == .notEqual else {
            let number = clause.values.compactMap(\.number).first ?? 0
            self = .clause("\(field.ordered):\(clause.comparison.rawValue)\(number)")
            return
        }
        let isNot = clause.comparison == .notEqual
        let tokens = clause.values.compactMap(\.token)
        var parts: [TypesenseFilter] =
            tokens.isEmpty
            ? [] : [.clause("\(field.exact):\(isNot ? "!=" : "=")[\(tokens.joined(separator: ","))]")]
        let ranges = clause.values.compactMap(\.range)
        if !ranges.isEmpty {
            let missing = TypesenseFilter.clause("\(TypesenseProducerSchema.missing):=[\(field.exact)]")
            let outside = TypesenseFilter.any([.outside(ranges, field.ordered), missing])
            parts.append(isNot ? outside : .numbers(field.ordered, ranges))
        }
        self = isNot ? .all(parts) : .any(parts)
    }
}

extension SchemaField {
    /// Typesense's field with its tokens.
    var words: String { "w\(number)" }
    /// Typesense's field with each value as a token.
    var exact: String { "e\(number)" }
    /// Typesense's field with its numbers.
    var ordered: String { "f\(number)" }
}

extension FieldValue {
    fileprivate var number: Int? { if case .number(let number) = self { number } else { nil } }

    /// As one word of letters and digits.
    var token: String {
        switch self {
        case .number(let number): number < 0 ? "m\(number.magnitude)" : "n\(number)"
        case .text(let text): "d" + TypesenseDocument.digest(text)
        }
    }

    /// The number that a token is of.
    static func number(_ token: String) -> Int? {
        switch token.utf8.first {
        case UInt8(ascii: "n"): Int(token.dropFirst())
        case UInt8(ascii: "m"): Int("-\(token.dropFirst())")
        default: nil
        }
    }
}

extension FilterValue {
    fileprivate var number: Int? { if case .number(let number) = self { number } else { nil } }

    fileprivate var range: ClosedRange<Int>? { if case .range(let range) = self { range } else { nil } }

    fileprivate var token: String? {
        switch self {
        case .number(let number): FieldValue.number(number).token
        case .text(let text): FieldValue.text(text).token
        case .range: nil
        }
    }
}
