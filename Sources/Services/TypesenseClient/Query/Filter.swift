// What a document must satisfy to be found: conditions, joined by && and ||.

package indirect enum Filter: Sendable, Equatable {
    case clause(FilterClause)
    case all([Filter])
    case any([Filter])

    /// Its conditions, from left to right.
    package var clauses: [FilterClause] {
        switch self {
        case .clause(let clause): [clause]
        case .all(let parts), .any(let parts): parts.flatMap(\.clauses)
        }
    }
}
