// Reads Typesense's filter language, as far as every engine here speaks it:
//
//     filter  := both ( "||" both )*
//     both    := unit ( "&&" unit )*          binds closer, whatever Typesense makes of it
//     unit    := "(" filter ")" | clause
//     clause  := field ":" ( "=" | "!=" | "<" | "<=" | ">" | ">=" | "" ) ( value | "[" value ( "," value )* "]" )
//     value   := number | number ".." number, in a list | text | "`" text with anything "`"
//
// A text is compared as a whole and exactly. Nothing of the filter reaches an engine as it is. What is syntax is read by the Unicode
// scalar: for Swift a back-tick with a combining mark behind it would be another letter, and no back-tick.

import Bus
import Contracts

private enum FilterBounds {
    static let clauses = 50
    static let values = 250
    static let depth = 16
    /// Names that a problem lists.
    static let names = 20
}

struct FilterParser<Field: QueryField> {
    private let fields: [Field]
    private var rest: Substring.UnicodeScalarView
    private var clauses = 0

    /// - Throws: `Failure` with `invalid_request` about `filter_by`.
    static func parse(_ text: String, of fields: [Field]) throws(Failure) -> FieldFilter<Field> {
        var parser = FilterParser(fields: fields, rest: text.unicodeScalars[...])
        let filter = try parser.either(depth: 0)
        guard parser.isAtEnd else { throw problem("must join conditions by && or ||, and close what it opens") }
        return filter
    }

    private mutating func either(depth: Int) throws(Failure) -> FieldFilter<Field> {
        guard depth < FilterBounds.depth else { throw Self.problem("is nested too deeply") }
        var parts = [try both(depth: depth)]
        while skip("||") { parts.append(try both(depth: depth)) }
        return parts.count == 1 ? parts[0] : .any(parts)
    }

    private mutating func both(depth: Int) throws(Failure) -> FieldFilter<Field> {
        var parts = [try unit(depth: depth)]
        while skip("&&") { parts.append(try unit(depth: depth)) }
        return parts.count == 1 ? parts[0] : .all(parts)
    }

    private mutating func unit(depth: Int) throws(Failure) -> FieldFilter<Field> {
        guard skip("(") else { return .clause(try clause()) }
        let inner = try either(depth: depth + 1)
        guard skip(")") else { throw Self.problem("has a parenthesis that is not closed") }
        return inner
    }

    private mutating func clause() throws(Failure) -> FieldClause<Field> {
        clauses += 1
        guard clauses <= FilterBounds.clauses else {
            throw Self.problem("may have \(FilterBounds.clauses) conditions at most")
        }
        let field = try field()
        let comparison = try comparison(on: field)
        let (values, isList) = try values(of: field)
        guard !isList || comparison == .equal || comparison == .notEqual else {
            throw Self.problem("compares \(field.name) with a list, which only := and :!= can")
        }
        return FieldClause(field: field, comparison: comparison, values: values)
    }

    private mutating func field() throws(Failure) -> Field {
        let name = take { $0 == "_" || ($0.isASCII && $0.properties.isAlphabetic) || ("0"..."9").contains($0) }
        guard let field = fields.first(where: { $0.name == name }) else {
            let known = fields.prefix(FilterBounds.names).map(\.name).joined(separator: ", ")
            throw Self.problem("names the field \"\(name)\"; there are \(known)")
        }
        guard skip(":") else { throw Self.problem("needs a colon after \(field.name)") }
        return field
    }

    private mutating func comparison(on field: Field) throws(Failure) -> FilterComparison {
        // Longest first, so that `<=` is not read as `<`.
        let known = FilterComparison.allCases.sorted { $0.rawValue.count > $1.rawValue.count }
        let comparison = known.first { skip($0.rawValue) } ?? .equal
        let isEquality = comparison == .equal || comparison == .notEqual
        guard isEquality || field.isOrdered else {
            throw Self.problem("cannot compare \(field.name) by \(comparison.rawValue): it is \(field.kind)")
        }
        return comparison
    }

    private mutating func values(of field: Field) throws(Failure) -> ([FilterValue], isList: Bool) {
        guard skip("[") else { return ([try value(of: field)], false) }
        var values = [try element(of: field)]
        while skip(",") {
            guard values.count < FilterBounds.values else { throw Self.problem("has a list that is too long") }
            values.append(try element(of: field))
        }
        guard skip("]") else { throw Self.problem("has a list that does not end in ]") }
        return (values, true)
    }

    /// A value in a list, or a range of numbers.
    private mutating func element(of field: Field) throws(Failure) -> FilterValue {
        guard field.isOrdered else { return try value(of: field) }
        let text = try text()
        let ends = text.sidesOfDots
        guard ends.count == 2 else { return .number(try number(text, field)) }
        let (low, high) = (try number(ends[0], field), try number(ends[1], field))
        guard low <= high else { throw Self.problem("has the range \(ends[0])..\(ends[1]), which holds nothing") }
        return .range(low...high)
    }

    private mutating func value(of field: Field) throws(Failure) -> FilterValue {
        let text = try text()
        return field.isNumber ? .number(try number(text, field)) : .text(text)
    }

    private func number(_ text: String, _ field: Field) throws(Failure) -> Int {
        guard let number = field.number(text) else {
            throw Self.problem("compares \(field.name) with \"\(text)\", no \(field.valueName)")
        }
        return number
    }

    /// A value in back-ticks, or up to what can end one.
    private mutating func text() throws(Failure) -> String {
        if skip("`") {
            let quoted = take { $0 != "`" }
            guard skip("`") else { throw Self.problem("has a back-tick that is not closed") }
            return quoted
        }
        let plain = take { !"&|,[]()`".unicodeScalars.contains($0) }.trimmed
        guard !plain.isEmpty else { throw Self.problem("lacks a value") }
        return plain
    }

    // MARK: The text

    private var isAtEnd: Bool { rest.allSatisfy(\.properties.isWhitespace) }

    private mutating func skip(_ token: String) -> Bool {
        let start = rest.drop(while: \.properties.isWhitespace)
        guard start.starts(with: token.unicodeScalars) else { return false }
        rest = start.dropFirst(token.unicodeScalars.count)
        return true
    }

    private mutating func take(while isPart: (Unicode.Scalar) -> Bool) -> String {
        rest = rest.drop(while: \.properties.isWhitespace)
        let taken = rest.prefix(while: isPart)
        rest = rest.dropFirst(taken.count)
        return String(taken)
    }

    private static func problem(_ clause: String) -> Failure { .invalid("filter_by", clause) }
}
