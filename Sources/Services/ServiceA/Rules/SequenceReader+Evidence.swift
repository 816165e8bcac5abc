// What those who keep a copy of a sequence hold it against.

import Bus
import Contracts
import Ordering

extension SequenceReader {
    /// Elements in one range, and ranges in one answer.
    private static var rangeSize: Int { 1024 }
    private static var rangeCount: Int { 8 }

    func digests(_ request: DigestSequence) throws -> SequenceDigests {
        let revision = try tables.head()
        let sequence = try tables.sequence(request.sequenceName)
        var place = try checked(request.from)
        var ranges: [SequenceDigests.Range] = []
        for _ in 0..<Self.rangeCount {
            let rows = try sequence.map { try tables.standing(from: place, limit: Self.rangeSize, in: $0) } ?? []
            let last = rows.count == Self.rangeSize ? rows.last : nil
            let end = last.map { $0.place + 1 } ?? PlaceSpace.end
            ranges.append(SequenceDigests.Range(from: place, to: end, RangeDigest(of: rows)))
            guard last != nil else { return SequenceDigests(ranges: ranges, next: nil, revision: revision) }
            place = end
        }
        return SequenceDigests(ranges: ranges, next: place, revision: revision)
    }

    func elements(_ request: ElementsBetween) throws -> ElementRange {
        let revision = try tables.head()
        let start = try checked(request.from)
        guard let sequence = try tables.sequence(request.sequenceName) else {
            return ElementRange(elements: [], next: nil, revision: revision)
        }
        var page = PageBudget(limit: PageLimitBounds.range.upperBound, bytes: pageBytes)
        var (place, number) = (start, try tables.list(sequence).rank(of: start))
        var elements: [SequenceElement] = []
        while true {
            let rows = try tables.standing(from: place, limit: page.portion + 1, in: sequence)
            guard !rows.isEmpty else { return ElementRange(elements: elements, next: nil, revision: revision) }
            for row in rows {
                guard row.place < request.to else {
                    return ElementRange(elements: elements, next: nil, revision: revision)
                }
                guard page.takes(256 + row.comment.text.utf8.count * 2) else {
                    return ElementRange(elements: elements, next: row.place, revision: revision)
                }
                elements.append(row.answer(number: number))
                (place, number) = (row.place + 1, number + 1)
            }
        }
    }

    private func checked(_ place: Int64) throws -> Int64 {
        guard (0...PlaceSpace.end).contains(place) else {
            throw Failure.invalid("from", "must be 0 to \(PlaceSpace.end)")
        }
        return place
    }
}

extension RangeDigest {
    fileprivate init(of rows: [StandingRow]) {
        self.init()
        for row in rows {
            add(id: row.element.key, version: row.version, comment: row.comment.text, place: row.place)
        }
    }
}
