// Elements that change places: a run that goes elsewhere, and some that share out their places.

import Bus
import Contracts
import Ordering

extension SequenceEditor {
    /// So many elements may move in one request at most: all of it is one transaction, and one event names each of them.
    static var maximumMoves: Int { MoveElement.maximumCount }

    func move(_ request: MoveElement) throws -> ElementsMoved {
        let wish = try Wish(request)
        let (sequence, first) = try find(request.reference, ifRevision: request.ifRevision)
        let run = try run(from: first, count: request.count ?? 1, in: sequence)
        let old = try tables.list(sequence).rank(of: first.place)
        guard let target = try target(wish, run, old, in: sequence) else { return Self.unmoved(first) }
        try lift(run, in: sequence)
        let (room, number) = try room(for: run.count, at: target, in: sequence)
        return try settle(run, room, old, number, madeRoom(room, in: sequence), sequence)
    }

    func reorder(_ request: ReorderElements) throws -> ElementsReordered {
        try Reordering.check(request, atMost: Self.maximumMoves)
        let (sequence, type) = try subject(of: request)
        try Self.check(sequence, ifRevision: request.ifRevision)
        let rows = try request.newOrder.map { id in
            guard let row = try tables.standing(Neighbour(elementType: type, elementId: id), in: sequence) else {
                throw Reordering.missing(id, of: type, in: request)
            }
            return row
        }
        let places = rows.map(\.place).sorted()
        let numbers = Dictionary(uniqueKeysWithValues: zip(places, try tables.list(sequence).ranks(of: places)))
        let moving = zip(rows, places).filter { $0.place != $1 }.map { (row: $0, place: $1) }
        let moved = moving.map { row, place in
            MovedElement(row, from: numbers[row.place] ?? 0, to: numbers[place] ?? 0)
        }
        let revision = try exchange(moving, moved, in: sequence)
        let summary = "\(moved.count) of \(rows.count) elements of type \(type.rawValue) have a new sequence number."
        return ElementsReordered(reorderedElements: moved, comment: summary, revision: revision)
    }
}

// A run that moves.
extension SequenceEditor {
    /// The element and those right behind it.
    private func run(from first: StandingRow, count: Int, in sequence: SequenceRow) throws -> [StandingRow] {
        guard (1...Self.maximumMoves).contains(count) else {
            throw Failure.invalid("count", "must be 1 to \(Self.maximumMoves)")
        }
        let run = try tables.standing(from: first.place, limit: count, in: sequence)
        guard run.count == count else {
            throw Failure.invalid("count", "must be at most \(run.count): no more elements stand from there on")
        }
        return run
    }

    /// The spot as it will be once the run is lifted out; `nil` where the run stands there already.
    private func target(_ wish: Wish, _ run: [StandingRow], _ old: Int, in sequence: SequenceRow) throws
        -> OrderedList<Tables.Places>.Spot?
    {
        switch wish {
        case .end: return .end
        case .before(let neighbour), .after(let neighbour):
            guard !run.contains(where: { $0.neighbour == neighbour }) else {
                throw Failure.invalid(wish.field, "must name an element outside of the run that moves")
            }
            return try spot(wish, in: sequence)
        case .number(let number, let field):
            let list = tables.list(sequence)
            let last = try list.count() - run.count + 1
            guard (1...last).contains(number) else { throw Failure.invalid(field, "must be 1 to \(last)") }
            guard number != old else { return nil }
            // Who has that number once the run is out has it now, or one higher by the run.
            let rival = try list.place(at: number < old ? number : number + run.count)
            return rival.map { .before($0) } ?? .end
        }
    }

    /// Takes the run out of the order; pages in progress still find where it stood.
    private func lift(_ run: [StandingRow], in sequence: SequenceRow) throws {
        for (index, row) in run.enumerated() {
            try goOn(.moves(done: index))
            try tables.leaveTrace(of: row, now)
            var lifted = row
            lifted.place = -1 - Int64(index)
            try tables.put(lifted)
        }
        try tables.list(sequence).removed(run.map(\.place))
    }

    /// Puts the run down again, and says so.
    private func settle(
        _ run: [StandingRow],
        _ room: OrderedList<Tables.Places>.Room,
        _ old: Int,
        _ number: Int,
        _ others: [SequenceChange.Placed],
        _ sequence: SequenceRow
    ) throws -> ElementsMoved {
        var rows = run
        for index in rows.indices { rows[index].place = room.places[index] }
        let named = rows.dropFirst().map(\.placedAnew) + others
        let revision = try record(.moved, rows[0], number: number, others: named)
        for row in rows { try tables.put(row.moved(at: revision)) }
        try tables.list(sequence).added(room.places)
        try tables.touch(sequence.id, revision)
        let moved = number == old ? [] : rows.enumerated().map { MovedElement($1, from: old + $0, to: number + $0) }
        return ElementsMoved(movedElements: moved, comment: Self.summary(moved), revision: revision)
    }

    /// The element's own revision: it is what the next condition on it has to name.
    private static func unmoved(_ row: StandingRow) -> ElementsMoved {
        ElementsMoved(movedElements: [], comment: "Nothing had to move.", revision: row.revision)
    }

    private static func summary(_ moved: [MovedElement]) -> String {
        guard let first = moved.first else { return "Nothing had to move." }
        return "\(moved.count) elements moved from \(first.oldSequenceNumber) to \(first.newSequenceNumber)."
    }
}

// Elements that exchange places.
extension SequenceEditor {
    /// The sequence and the type that the ids belong to.
    private func subject(of request: ReorderElements) throws -> (SequenceRow, ElementType) {
        let candidates = try candidates(for: request)
        guard let found = candidates.first else {
            if let type = request.elementType { throw Reordering.missing(request.elementIds[0], of: type, in: request) }
            throw Reordering.noType
        }
        guard candidates.count == 1 else { throw Reordering.severalTypes(candidates.map(\.1)) }
        return found
    }

    private func candidates(for request: ReorderElements) throws -> [(SequenceRow, ElementType)] {
        try (request.elementType.map { [$0] } ?? ElementType.allCases).compactMap { type in
            let name = request.sequenceName ?? SequenceName(type)
            if request.elementType != nil {
                try Self.check(
                    ElementReference(elementType: type, elementId: request.elementIds[0], sequenceName: name)
                )
            }
            guard let sequence = try tables.sequence(name) else { return nil }
            if request.elementType != nil { return (sequence, type) }
            let all = try request.elementIds.allSatisfy {
                try tables.standing(Neighbour(elementType: type, elementId: $0), in: sequence) != nil
            }
            return all ? (sequence, type) : nil
        }
    }

    /// Gives each its place, by way of places below zero; the revision is that of the event, or the present one where nobody moves.
    private func exchange(
        _ moving: [(row: StandingRow, place: Int64)],
        _ moved: [MovedElement],
        in sequence: SequenceRow
    ) throws -> UInt64 {
        guard let first = moved.first else { return sequence.revision }
        var rows = moving.map(\.row)
        for index in rows.indices {
            try goOn(.moves(done: index))
            try tables.leaveTrace(of: rows[index], now)
            rows[index].place = -1 - Int64(index)
            try tables.put(rows[index])
            rows[index].place = moving[index].place
        }
        let revision = try tables.record(key: rows[0].element.key) { [rows] in
            let others = rows.dropFirst().map(\.placedAnew)
            return rows[0].change(.moved, number: first.newSequenceNumber, others: others, revision: $0)
        }
        for row in rows { try tables.put(row.moved(at: revision)) }
        try tables.touch(sequence.id, revision)
        return revision
    }
}

extension Wish {
    fileprivate var field: String {
        switch self {
        case .before: "before"
        case .after: "after"
        case .number(_, let field): field
        case .end: "to"
        }
    }
}

extension StandingRow {
    fileprivate func moved(at revision: UInt64) -> StandingRow {
        var row = self
        (row.revision, row.placed) = (revision, revision)
        return row
    }
}

extension MovedElement {
    fileprivate init(_ row: StandingRow, from old: Int, to new: Int) {
        self.init(
            elementType: row.element.elementType,
            elementId: row.element.elementId,
            oldSequenceNumber: old,
            newSequenceNumber: new
        )
    }
}
