// One condition on a field.

package struct FilterClause: Sendable, Equatable {
    package enum Comparison: String, Sendable, CaseIterable {
        case equal = "="
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
    }

    package enum Value: Sendable, Equatable {
        case number(Int)
        case text(String)
        /// Both ends belong to it.
        case range(ClosedRange<Int>)
    }

    package let field: DocumentField
    package let comparison: Comparison
    /// More than one only with `equal` and `notEqual`: any of them, none of them.
    package let values: [Value]
}
