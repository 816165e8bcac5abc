// One condition on a field.

package enum FilterComparison: String, Sendable, CaseIterable {
    case equal = "="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
}

package enum FilterValue: Sendable, Equatable {
    case number(Int)
    case text(String)
    /// Both ends belong to it.
    case range(ClosedRange<Int>)
}

extension FilterValue {
    /// Nil where it is numbers.
    var text: String? { if case .text(let text) = self { text } else { nil } }

    /// One, or those of the range; nil where it is text.
    var numbers: ClosedRange<Int>? {
        switch self {
        case .number(let number): number...number
        case .range(let range): range
        case .text: nil
        }
    }
}

package struct FieldClause<Field: QueryField>: Sendable, Equatable {
    package typealias Comparison = FilterComparison
    package typealias Value = FilterValue

    package let field: Field
    package let comparison: Comparison
    /// More than one only with `equal` and `notEqual`: any of them, none of them.
    package let values: [Value]
}

/// On a field of the elements.
package typealias FilterClause = FieldClause<DocumentField>
