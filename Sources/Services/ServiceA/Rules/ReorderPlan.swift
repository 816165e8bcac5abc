// Who gets which number in a reorder, or why not. Pure: no store, no clock.
//
//     request   elementIds [7, 9]   newOrder [2, 1]
//     now       7 is 1, 9 is 2
//     plan      7: 1 → 2            9: 2 → 1          the set of numbers stays {1, 2}, so the type's stay 1 … n

import Bus
import Contracts

struct ReorderPlan: Equatable {
    /// In the order of the request; also those whose number stays.
    let moves: [ElementsReordered.Move]

    /// So many elements may move at once at most: all of it is one transaction.
    static let maximumElements = 10_000

    /// - Parameters:
    ///   - request: What was asked; must have passed `check`.
    ///   - type: The type that the ids belong to.
    ///   - current: The numbers that the ids have now.
    /// - Throws: `Failure` with `not_found` or `conflict`.
    init(_ request: ReorderElements, of type: ElementType, current: [ElementID: Int]) throws(Failure) {
        var moves: [ElementsReordered.Move] = []
        for (id, number) in zip(request.elementIds, request.newOrder) {
            guard let old = current[id] else { throw Self.missing(id, of: type, in: request) }
            moves.append(.init(elementId: id, oldSequenceNumber: old, newSequenceNumber: number))
        }
        let held = Set(moves.map(\.oldSequenceNumber))
        if let index = request.newOrder.firstIndex(where: { !held.contains($0) }) {
            throw Self.foreignNumber(at: index, in: request, held: held.sorted())
        }
        self.moves = moves
    }

    /// What can be said of the request without knowing the elements.
    ///
    /// - Throws: `Failure` with `invalid_request` naming the field.
    static func check(_ request: ReorderElements) throws(Failure) {
        let (ids, numbers) = (request.elementIds, request.newOrder)
        guard (1...maximumElements).contains(ids.count) else {
            throw .invalid("elementIds", "must name 1 to \(maximumElements) elements")
        }
        guard ids.count == numbers.count else {
            throw .invalid(
                "newOrder",
                "must have as many numbers as elementIds has ids (\(ids.count)), not \(numbers.count)"
            )
        }
        if let index = firstRepeat(in: ids) { throw .invalid("elementIds.\(index)", "must not occur twice") }
        if let index = numbers.firstIndex(where: { $0 < 1 }) {
            throw .invalid("newOrder.\(index)", "must be at least 1")
        }
        if let index = firstRepeat(in: numbers) { throw .invalid("newOrder.\(index)", "must not occur twice") }
    }

    /// The one type that has all the ids; `counts` says how many of them each type has.
    ///
    /// - Throws: `Failure` with `invalid_request` where several types have them all, `not_found` where none has.
    static func onlyType(having request: ReorderElements, counts: [ElementType: Int]) throws(Failure) -> ElementType {
        let candidates = ElementType.allCases.filter { counts[$0] == request.elementIds.count }
        guard let type = candidates.first else {
            throw Failure(
                .notFound,
                "No element type has all of these ids.",
                fields: [.init("elementIds", "must all belong to one element type")]
            )
        }
        guard candidates.count == 1 else {
            let names = candidates.map(\.rawValue).joined(separator: ", ")
            throw .invalid("elementType", "is required here: these ids exist as \(names)")
        }
        return type
    }

    /// What is answered for people.
    func summary(of type: ElementType) -> String {
        let moved = moves.count { $0.oldSequenceNumber != $0.newSequenceNumber }
        return "\(moved) of \(moves.count) elements of type \(type.rawValue) have a new sequence number."
    }
}

extension ReorderPlan {
    private static func firstRepeat<Value: Hashable>(in values: [Value]) -> Int? {
        var seen: Set<Value> = []
        return values.firstIndex { !seen.insert($0).inserted }
    }

    private static func missing(_ id: ElementID, of type: ElementType, in request: ReorderElements) -> Failure {
        let index = request.elementIds.firstIndex(of: id) ?? 0
        return Failure(
            .notFound,
            "There is no \(type.rawValue) \(id.value). Nothing was moved.",
            fields: [.init("elementIds.\(index)", "must name an element that exists")]
        )
    }

    private static func foreignNumber(at index: Int, in request: ReorderElements, held: [Int]) -> Failure {
        let shown = held.prefix(20).map(String.init).joined(separator: ", ") + (held.count > 20 ? ", …" : "")
        return Failure(
            .conflict,
            """
            The elements have the numbers \(shown) now and can only exchange those; \(request.newOrder[index]) belongs to \
            another element or to none. Read the elements and try again.
            """,
            fields: [.init("newOrder.\(index)", "must be a number that one of the elements has now")]
        )
    }
}
