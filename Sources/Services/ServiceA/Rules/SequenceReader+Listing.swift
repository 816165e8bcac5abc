// A sequence, page by page.
//
// A cursor names the element that ended the page, and the change that had put it there: `action.17.3041`. While the element stands there,
// the next page begins behind it. Was it moved or deleted, its trace tells where it stood, and traces move with the places around
// them: so what stood still the whole time is on exactly one page.

import Bus
import Contracts
import Ordering

extension SequenceReader {
    /// So many elements of other types are passed over for one page at most.
    private static var maximumScan: Int { 5_000 }

    func list(_ request: ListElements) throws -> ElementPage {
        guard let name = request.sequenceName ?? request.elementType.map(SequenceName.init) else {
            throw Failure.invalid("elementType", "is missing: name a type, or a sequenceName")
        }
        guard request.from.map({ $0 >= 1 && request.after == nil }) != false else {
            throw Failure.invalid("from", "must be at least 1, and cannot go with after")
        }
        let revision = try tables.head()
        guard let sequence = try tables.sequence(name) else {
            guard request.after == nil else { throw SequenceFailure.lostPage }
            return ElementPage(elements: [], total: 0, next: nil, revision: revision, sequenceRevision: nil)
        }
        let start = try self.start(of: request, in: sequence)
        let page = try start.map { try self.page(from: $0, of: request, in: sequence) }
        let total = try tables.list(sequence).count()
        return ElementPage(
            elements: page?.elements ?? [],
            total: total,
            next: page?.next,
            revision: revision,
            sequenceRevision: sequence.revision
        )
    }

    /// The place that the page begins with; `nil` for a number that nobody has.
    private func start(of request: ListElements, in sequence: SequenceRow) throws -> Int64? {
        if let number = request.from { return try tables.list(sequence).place(at: number) }
        return try request.after.map { try place(of: $0, in: sequence) + 1 } ?? 0
    }

    private func page(from start: Int64, of request: ListElements, in sequence: SequenceRow) throws
        -> (elements: [SequenceElement], next: PageCursor?)
    {
        let wanted = request.onlyType
        var (place, number) = (start, try request.from ?? tables.list(sequence).rank(of: start))
        var budget = PageBudget(limit: request.limit?.value ?? PageLimit.standard, bytes: pageBytes)
        var elements: [SequenceElement] = []
        var last: ElementRow?
        var passed = 0
        while true {
            let rows = try tables.elements(from: place, limit: wanted == nil ? budget.portion + 1 : 64, in: sequence)
            guard !rows.isEmpty else { return (elements, nil) }
            for row in rows {
                if wanted == nil || row.element.elementType == wanted {
                    guard budget.takes(row.size) else { return (elements, last.flatMap(PageCursor.init)) }
                    elements.append(row.answer(number: number))
                } else {
                    passed += 1
                    // The page may be empty then: the next one looks further.
                    if passed == Self.maximumScan { return (elements, PageCursor(row)) }
                }
                (last, place, number) = (row, row.place + 1, number + 1)
            }
        }
    }

    private func place(of cursor: PageCursor, in sequence: SequenceRow) throws -> Int64 {
        guard let (name, placed) = cursor.parts else { throw Failure.invalid("after", PageCursor.rule) }
        if let row = try tables.standing(name, in: sequence), row.placed == placed { return row.place }
        guard let place = try tables.trace(of: name, placed: placed, in: sequence.id) else {
            throw SequenceFailure.lostPage
        }
        return place
    }
}

extension ListElements {
    /// The only type that is wanted of a sequence that may hold others.
    fileprivate var onlyType: ElementType? { sequenceName == nil ? nil : elementType }

    /// About how many rows a page of it reads: one of a single type may pass over thousands.
    var rows: Int { onlyType == nil ? limit?.value ?? PageLimit.standard : .max }
}

extension PageCursor {
    fileprivate init?(_ row: ElementRow) {
        self.init("\(row.element.elementType.rawValue).\(row.element.elementId.value).\(row.placed)")
    }

    /// Who ended the page, and since which change it stood there.
    fileprivate var parts: (Neighbour, UInt64)? {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map {
            String($0) ?? ""
        }
        guard parts.count == 3, let type = ElementType(rawValue: parts[0]),
            let id = Int(parts[1]).flatMap({ ElementID($0) }), let placed = UInt64(parts[2])
        else { return nil }
        return (Neighbour(elementType: type, elementId: id), placed)
    }
}

extension ElementRow {
    /// About what it takes in an answer.
    fileprivate var size: Int { 256 + standing.comment.text.utf8.count * 2 + (data?.count ?? 0) }
}
