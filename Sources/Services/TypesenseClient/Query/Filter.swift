// What a document must satisfy to be found: conditions, joined by && and ||.

package indirect enum FieldFilter<Field: QueryField>: Sendable, Equatable {
    case clause(FieldClause<Field>)
    /// One on numbers, with the places that it means at the moment: numbers of elements are not stored.
    case numbers(FieldClause<Field>, [PlaceRange])
    case all([FieldFilter])
    case any([FieldFilter])

    /// Its conditions, from left to right.
    package var clauses: [FieldClause<Field>] {
        switch self {
        case .clause(let clause), .numbers(let clause, _): [clause]
        case .all(let parts), .any(let parts): parts.flatMap(\.clauses)
        }
    }
}

/// Of elements.
package typealias Filter = FieldFilter<DocumentField>

extension Filter {
    /// The same with each condition on numbers resolved.
    package func resolved(_ places: (FilterClause) throws -> [PlaceRange]) rethrows -> Filter {
        switch self {
        case .clause(let clause) where clause.field == .sequenceNumber: .numbers(clause, try places(clause))
        case .clause, .numbers: self
        case .all(let parts): .all(try parts.map { try $0.resolved(places) })
        case .any(let parts): .any(try parts.map { try $0.resolved(places) })
        }
    }
}

/// Some places of a sequence.
package struct PlaceRange: Sendable, Equatable {
    package let sequence: String
    package let places: Range<Int64>

    package init(_ sequence: String, _ places: Range<Int64>) {
        self.sequence = sequence
        self.places = places
    }
}
