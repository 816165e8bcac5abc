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
