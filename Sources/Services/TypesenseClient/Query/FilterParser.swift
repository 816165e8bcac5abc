// Reads the part of Typesense's filter language that every engine here speaks:
//
//     filter  := clause ( "&&" clause )*
//     clause  := field ":" ( "=" | "!=" | "<" | "<=" | ">" | ">=" | "" ) ( value | "[" value ( "," value )* "]" )
//     value   := number | text | "`" text with anything "`"
//
// It refuses "||", parentheses and ranges by saying so; nothing of the text reaches an engine as it is. What is syntax is read by the
// Unicode scalar: as Swift Characters a back-tick with a combining mark behind it would be another letter, and no back-tick.

import Bus
import Contracts

struct FilterParser {
    private static let maximumClauses = 20
    private static let maximumValues = 250

    private var rest: Substring.UnicodeScalarView

    /// - Throws: `Failure` with `invalid_request` about `filter_by`.
    static func parse(_ text: String) throws(Failure) -> [FilterClause] {
        var parser = FilterParser(rest: text.unicodeScalars[...])
        var clauses = [try parser.clause()]
        while !parser.isAtEnd {
            guard parser.skip("&&") else { throw problem("must join conditions by && and use no other operator") }
            guard clauses.count < maximumClauses else { throw problem("may have \(maximumClauses) conditions at most") }
            clauses.append(try parser.clause())
        }
        return clauses
    }

    private mutating func clause() throws(Failure) -> FilterClause {
        let field = try field()
        let comparison = try comparison(on: field)
        let values = try values(of: field)
        guard values.count == 1 || comparison == .equal || comparison == .notEqual else {
            throw Self.problem("compares \(field.rawValue) with a list, which only := and :!= can")
        }
        return FilterClause(field: field, comparison: comparison, values: values)
    }

    private mutating func field() throws(Failure) -> DocumentField {
        let name = take { ("a"..."z").contains($0) || ("A"..."Z").contains($0) || $0 == "_" }
        guard let field = DocumentField(rawValue: name) else {
            let known = DocumentField.allCases.map(\.rawValue).joined(separator: ", ")
            throw Self.problem("names the field \"\(name)\"; there are \(known)")
        }
        guard skip(":") else { throw Self.problem("needs a colon after \(field.rawValue)") }
        return field
    }

    private mutating func comparison(on field: DocumentField) throws(Failure) -> FilterClause.Comparison {
        // Longest first, so that `<=` is not read as `<`.
        let known = FilterClause.Comparison.allCases.sorted { $0.rawValue.count > $1.rawValue.count }
        let comparison = known.first { skip($0.rawValue) } ?? .equal
        let isEquality = comparison == .equal || comparison == .notEqual
        guard isEquality || field.isNumber else {
            throw Self.problem("cannot compare \(field.rawValue) by \(comparison.rawValue): it is text")
        }
        guard comparison != .notEqual || !field.isNumber else {
            throw Self.problem("cannot use != on \(field.rawValue): it is a number; use < and >")
        }
        return comparison
    }

    private mutating func values(of field: DocumentField) throws(Failure) -> [FilterClause.Value] {
        guard skip("[") else { return [try value(of: field)] }
        var values = [try value(of: field)]
        while skip(",") {
            guard values.count < Self.maximumValues else { throw Self.problem("has a list that is too long") }
            values.append(try value(of: field))
        }
        guard skip("]") else { throw Self.problem("has a list that does not end in ]") }
        return values
    }

    private mutating func value(of field: DocumentField) throws(Failure) -> FilterClause.Value {
        let text = try text()
        guard field.isNumber else { return .text(text) }
        guard let number = Int(text) else {
            throw Self.problem("compares \(field.rawValue) with \"\(text)\", no integer")
        }
        return .number(number)
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
