// What can be said of a reorder without a store: the two lists, and how it is refused. Pure.

import Bus
import Contracts

enum Reordering {
    /// - Throws: `Failure` with `invalid_request` naming the field.
    static func check(_ request: ReorderElements, atMost maximum: Int) throws(Failure) {
        let (ids, order) = (request.elementIds, request.newOrder)
        guard (1...maximum).contains(ids.count) else {
            throw .invalid("elementIds", "must name 1 to \(maximum) elements")
        }
        guard ids.count == order.count else {
            throw .invalid("newOrder", "must have as many ids as elementIds (\(ids.count)), not \(order.count)")
        }
        if let index = firstRepeat(in: ids) { throw .invalid("elementIds.\(index)", "must not occur twice") }
        if let index = firstRepeat(in: order) { throw .invalid("newOrder.\(index)", "must not occur twice") }
        let known = Set(ids)
        if let index = order.firstIndex(where: { !known.contains($0) }) {
            throw .invalid(
                "newOrder.\(index)",
                "must be one of elementIds: newOrder holds the same ids in the wished order"
            )
        }
    }

    static func missing(_ id: ElementID, of type: ElementType, in request: ReorderElements) -> Failure {
        let index = request.elementIds.firstIndex(of: id) ?? 0
        let element = ElementReference(elementType: type, elementId: id, sequenceName: request.sequenceName)
        return SequenceFailure.missing(element, field: "elementIds.\(index)")
    }

    static let noType = Failure(
        .notFound,
        "No element type has all of these ids.",
        fields: [.init("elementIds", "must all belong to one element type")]
    )

    static func severalTypes(_ types: [ElementType]) -> Failure {
        let names = types.map(\.rawValue).joined(separator: ", ")
        return .invalid("elementType", "is required here: these ids exist as \(names)")
    }

    private static func firstRepeat(in values: [ElementID]) -> Int? {
        var seen: Set<ElementID> = []
        return values.firstIndex { !seen.insert($0).inserted }
    }
}
