// A filter of elements: numbers as the places that they mean now, since a document has its place and not its number.

import StreamSafe

extension TypesenseFilter {
    init(_ filter: Filter) {
        self =
            switch filter {
            case .clause(let clause): TypesenseFilter(clause)
            case .numbers(let clause, let ranges): TypesenseFilter(clause, at: ranges)
            case .all(let parts): .all(parts.map(TypesenseFilter.init))
            case .any(let parts): .any(parts.map(TypesenseFilter.init))
            }
    }

    private init(_ clause: FilterClause) {
        let isNot = clause.comparison == .notEqual
        guard clause.field.isNumber else {
            let list = clause.values.compactMap(\.text).map(TypesenseDocument.digest).joined(separator: ",")
            self = .clause("\(clause.field.exact):\(clause.comparison.rawValue)[\(list)]")
            return
        }
        guard clause.comparison == .equal || isNot else {
            // The parser gives these one value.
            let number = clause.values.compactMap(\.numbers).first?.lowerBound ?? 0
            self = .clause("\(clause.field.rawValue):\(clause.comparison.rawValue)\(number)")
            return
        }
        let ranges = clause.values.compactMap(\.numbers)
        self = isNot ? .outside(ranges, clause.field.rawValue) : .numbers(clause.field.rawValue, ranges)
    }

    /// A document by hand has its own number, from 1 on; the others have 0, and their place.
    private init(_ clause: FilterClause, at ranges: [PlaceRange]) {
        let byHand = TypesenseFilter.all([.clause("sequence_number:>0"), TypesenseFilter(clause)])
        let isNot = clause.comparison == .notEqual
        guard !ranges.isEmpty || isNot else {
            self = byHand
            return
        }
        let places = Self.alike(ranges).map { places, sequences in
            let names = "[\(sequences.map(TypesenseDocument.digest).joined(separator: ","))]"
            let name = DocumentField.sequenceName.exact
            return isNot
                ? TypesenseFilter.any([.clause("\(name):!=\(names)"), .outside(places, TypesenseDocument.place)])
                : .all([.clause("\(name):=\(names)"), .numbers(TypesenseDocument.place, places)])
        }
        let byPlace = isNot ? TypesenseFilter.all(places) : .any(places)
        self = .any([.all([.clause("sequence_number:=0"), byPlace]), byHand])
    }

    /// Sequences that were only ever added to have the same places: one condition for all of those.
    private static func alike(_ ranges: [PlaceRange]) -> [(places: [ClosedRange<Int>], sequences: [String])] {
        let bySequence = Dictionary(grouping: ranges) { ExactText($0.sequence) }.mapValues { ranges in
            ranges.map { Int($0.places.lowerBound)...Int($0.places.upperBound - 1) }
        }
        return Dictionary(grouping: bySequence.keys) { bySequence[$0] ?? [] }
            .map { (places: $0, sequences: $1.sorted().map(\.text)) }
            .sorted { ExactText($0.sequences[0]) < ExactText($1.sequences[0]) }
    }
}
