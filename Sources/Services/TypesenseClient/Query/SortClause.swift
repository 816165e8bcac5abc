// One field to sort by. After all of them come relevance and the id, so an order is always total.

import Bus

package struct SortClause: Sendable, Equatable {
    package let field: DocumentField
    package let isDescending: Bool

    /// As many as Typesense takes.
    private static let maximum = 3

    /// Reads `sequence_number:desc,element_id`.
    static func parse(_ text: String) throws(Failure) -> [SortClause] {
        let parts = text.parts(at: ",")
        guard parts.count <= maximum else { throw .invalid("sort_by", "may name \(maximum) fields at most") }
        var clauses: [SortClause] = []
        for part in parts { clauses.append(try clause(part)) }
        return clauses
    }

    private static func clause(_ text: String) throws(Failure) -> SortClause {
        let parts = text.parts(at: ":", most: 2)
        guard let field = DocumentField(rawValue: parts.first ?? ""), field.isNumber else {
            throw .invalid("sort_by", "names \"\(text)\"; it may name sequence_number, version_number, element_id")
        }
        switch parts.count == 2 ? parts[1] : "asc" {
        case "asc": return SortClause(field: field, isDescending: false)
        case "desc": return SortClause(field: field, isDescending: true)
        default: throw .invalid("sort_by", "must say asc or desc after \(field.rawValue):")
        }
    }
}
