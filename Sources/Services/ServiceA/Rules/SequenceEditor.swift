// The rules of Service A, once for every store. A value is one transaction's.
//
//     look ──> judge ──> make room ──> write rows ──> count ──> one event
//
// Everything is judged before anything is written, so a request that is refused has changed nothing. Making room (`OrderedList.room`)
// moves places, never the order: elements that only made room keep their revision.

import Bus
import Contracts
import Ordering
import Storage

package struct SequenceEditor<Tables: SequenceTables> {
    let tables: Tables
    let now: Deadline
    let turn: WriteTurn
    /// So many others one event names at most: with all that the longest request moves it still fits a message.
    var mostNamed = MoveElement.maximumCount

    init(_ tables: Tables, _ now: Deadline, _ turn: WriteTurn) {
        (self.tables, self.now, self.turn) = (tables, now, turn)
    }

    func create(_ request: CreateElement) throws -> SequenceNumberAssigned {
        let element = request.reference
        try Self.check(element)
        let known = try tables.sequence(element.sequence)
        if let known { try tables.prefetch(element.neighbour, in: known) }
        if let known, let present = try tables.standing(element.neighbour, in: known) {
            throw SequenceFailure.exists(element, number: try tables.list(known).rank(of: present.place))
        }
        let wish = try Wish(request)
        let spot = try known.map { try self.spot(wish, in: $0) } ?? Self.firstSpot(wish, element)
        let sequence = try known ?? tables.addSequence(element.sequence)
        let (room, number) = try room(for: 1, at: spot, in: sequence)
        var row = StandingRow(
            element: element,
            sequence: sequence.id,
            place: room.places[0],
            version: 1,
            comment: request.comment,
            revision: 0,
            placed: 0
        )
        let others = try madeRoom(room, in: sequence)
        let revision = try record(.created, row, number: number, others: others)
        (row.revision, row.placed) = (revision, revision)
        try tables.insert(ElementRow(standing: row, data: request.newVersionData?.bytes), now)
        try tables.list(sequence).added(room.places)
        try tables.touch(sequence.id, revision)
        return SequenceNumberAssigned(sequenceNumber: number, comment: request.comment, revision: revision)
    }

    func addVersion(_ request: NewVersion) throws -> VersionAssigned {
        var (sequence, row) = try find(request.reference, ifRevision: request.ifRevision)
        row.version += 1
        row.comment = request.comment ?? row.comment
        let data = try request.newVersionData?.bytes ?? tables.element(row.neighbour, in: sequence)?.data
        let number = try tables.list(sequence).rank(of: row.place)
        row.revision = try tables.record(key: row.element.key) { [row] in
            row.change(.versioned, number: number, revision: $0)
        }
        try tables.addVersion(ElementRow(standing: row, data: data), now)
        try tables.touch(sequence.id, row.revision)
        return VersionAssigned(versionNumber: row.version, comment: row.comment, revision: row.revision)
    }

    func delete(_ request: DeleteElement) throws -> ElementDeleted {
        let (sequence, row) = try find(request.reference, ifRevision: request.ifRevision)
        let list = tables.list(sequence)
        let number = try list.rank(of: row.place)
        let revision = try tables.record(key: row.element.key) { row.change(.deleted, number: number, revision: $0) }
        try tables.leaveTrace(of: row, now)
        try tables.delete(row)
        try list.removed([row.place])
        try tables.touch(sequence.id, revision)
        return ElementDeleted(revision: revision)
    }

    func empty(_ request: EmptySequence) throws -> SequenceEmptied {
        guard let sequence = try tables.sequence(request.sequenceName) else {
            throw SequenceFailure.missing(request.sequenceName)
        }
        try Self.check(sequence, ifRevision: request.ifRevision)
        let count = try tables.list(sequence).count()
        let revision = try tables.record(key: "\(sequence.name.text)/") {
            SequenceChange(emptied: sequence.name, revision: $0)
        }
        try tables.dropSequence(sequence)
        return SequenceEmptied(
            deletedElements: count,
            comment: "\(count) elements of \"\(sequence.name.text)\" are deleted.",
            revision: revision
        )
    }
}

extension SequenceEditor {
    /// Asked between the parts of what may be long.
    ///
    /// - Throws: `Failure` with `too_much_at_once` where others have waited long enough: then all of it has to be taken back.
    func goOn(_ work: SequenceFailure.Work) throws(Failure) {
        guard work.done > 0, turn.isOver else { return }
        throw SequenceFailure.tooMuch(work)
    }

    /// A sequence that is called like a type holds elements of that type alone: what a list of the type has always meant.
    static func check(_ element: ElementReference) throws(Failure) {
        guard let only = element.sequence.onlyType, only != element.elementType else { return }
        throw SequenceFailure.foreign(element.elementType, in: element.sequence)
    }

    static func check(_ sequence: SequenceRow, ifRevision wanted: RevisionCondition?) throws(Failure) {
        guard let wanted, !wanted.isMet(by: sequence.revision) else { return }
        throw SequenceFailure.changed("sequence \"\(sequence.name.text)\"", present: sequence.revision)
    }

    /// An element that has to be there, in the revision that the caller has read.
    func find(_ element: ElementReference, ifRevision wanted: RevisionCondition?) throws -> (SequenceRow, StandingRow) {
        try Self.check(element)
        guard let sequence = try tables.sequence(element.sequence),
            let row = try tables.standing(element.neighbour, in: sequence)
        else { throw SequenceFailure.missing(element) }
        if let wanted, !wanted.isMet(by: row.revision) {
            throw SequenceFailure.changed(SequenceFailure.name(element), present: row.revision)
        }
        return (sequence, row)
    }

    /// Free places, and the number that the first of them will have.
    func room(for count: Int, at spot: OrderedList<Tables.Places>.Spot, in sequence: SequenceRow) throws
        -> (OrderedList<Tables.Places>.Room, Int)
    {
        let list = tables.list(sequence)
        let room = try list.room(for: count, at: spot)
        let number =
            switch spot {
            case .start: 1
            case .end: try list.count() + 1
            default: try list.rank(of: room.places[0])
            }
        return (room, number)
    }

    /// Records a change: in one event, and where it names more than one may, in further ones that say again where the element stands.
    ///
    /// - Returns: The revision of the last.
    func record(
        _ kind: SequenceChange.Kind,
        _ row: StandingRow,
        number: Int,
        others: [SequenceChange.Placed]
    ) throws -> UInt64 {
        var revision = try tables.record(key: row.element.key) {
            row.change(kind, number: number, others: Array(others.prefix(mostNamed)), revision: $0)
        }
        for start in stride(from: mostNamed, to: others.count, by: mostNamed) {
            let more = Array(others[start...].prefix(mostNamed))
            revision = try tables.record(key: row.element.key) {
                row.change(.moved, number: number, others: more, revision: $0)
            }
        }
        return revision
    }

    /// Takes along what has to move with those who made room, and names them.
    func madeRoom(_ room: OrderedList<Tables.Places>.Room, in sequence: SequenceRow) throws -> [SequenceChange.Placed] {
        guard let respacing = room.respacing else { return [] }
        try tables.moveTraces(in: sequence.id, with: respacing)
        return try respacing.moves.filter { $0.from != $0.to }.compactMap { move in
            try tables.element(at: move.to, in: sequence).map {
                SequenceChange.Placed(elementType: $0.elementType, elementId: $0.elementId, place: move.to)
            }
        }
    }
}

extension ElementReference {
    var neighbour: Neighbour { Neighbour(elementType: elementType, elementId: elementId) }
}
