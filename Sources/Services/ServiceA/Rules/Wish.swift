// Where an element is wished to stand: one of three ways to say it, or none for the end.

import Bus
import Contracts
import Ordering

enum Wish: Sendable, Equatable {
    case end
    case number(Int, field: String)
    case before(Neighbour)
    case after(Neighbour)

    init(_ request: CreateElement) throws(Failure) {
        self = try Wish(request.at, "at", request.before, request.after) ?? .end
    }

    init(_ request: MoveElement) throws(Failure) {
        guard let wish = try Wish(request.to, "to", request.before, request.after) else {
            throw .invalid("to", "is missing: say where with one of to, before and after")
        }
        self = wish
    }

    private init?(_ number: Int?, _ field: String, _ before: Neighbour?, _ after: Neighbour?) throws(Failure) {
        switch (number, before, after) {
        case (nil, nil, nil): return nil
        case (let number?, nil, nil): self = .number(number, field: field)
        case (nil, let neighbour?, nil): self = .before(neighbour)
        case (nil, nil, let neighbour?): self = .after(neighbour)
        default: throw .invalid(field, "cannot go with before and after: use one of the three")
        }
    }
}

extension SequenceEditor {
    /// The wish as a spot of the list, among those that are counted now.
    func spot(_ wish: Wish, in sequence: SequenceRow) throws -> OrderedList<Tables.Places>.Spot {
        switch wish {
        case .end: .end
        case .number(let number, let field): try spot(number, field, in: sequence)
        case .before(let neighbour): .before(try place(of: neighbour, "before", in: sequence))
        case .after(let neighbour): .after(try place(of: neighbour, "after", in: sequence))
        }
    }

    /// The wish of the first element of a sequence.
    static func firstSpot(_ wish: Wish, _ element: ElementReference) throws(Failure)
        -> OrderedList<Tables.Places>.Spot
    {
        switch wish {
        case .end, .number(1, _): return .end
        case .number(_, let field): throw .invalid(field, "must be 1, since the sequence has no elements")
        case .before(let neighbour): throw SequenceFailure.missing(element.sibling(neighbour), field: "before")
        case .after(let neighbour): throw SequenceFailure.missing(element.sibling(neighbour), field: "after")
        }
    }

    private func spot(_ number: Int, _ field: String, in sequence: SequenceRow) throws
        -> OrderedList<Tables.Places>.Spot
    {
        let list = tables.list(sequence)
        let last = try list.count() + 1
        guard (1...last).contains(number) else { throw Failure.invalid(field, "must be 1 to \(last)") }
        return try list.place(at: number).map { .before($0) } ?? .end
    }

    private func place(of neighbour: Neighbour, _ field: String, in sequence: SequenceRow) throws -> Int64 {
        guard let row = try tables.standing(neighbour, in: sequence) else {
            let element = ElementReference(
                elementType: neighbour.elementType,
                elementId: neighbour.elementId,
                sequenceName: sequence.name
            )
            throw SequenceFailure.missing(element, field: field)
        }
        return row.place
    }
}

extension ElementReference {
    /// Another element of the same sequence.
    func sibling(_ neighbour: Neighbour) -> ElementReference {
        ElementReference(elementType: neighbour.elementType, elementId: neighbour.elementId, sequenceName: sequence)
    }
}
