// Dense numbers 1 … n that are computed, never stored: an order-statistic list in two tables, at a price of O(log n) rows a change.
//
//     rank of a place     what the blocks before it hold, at four levels, and the places before it in its own block
//     place of a rank     down the same blocks, subtracting
//     insert              a place between two neighbours, or room made there (`Respacing`); one count more at each level
//     remove              one count less at each level
//
// So whatever stands behind an element, nobody has to be told when it goes: its number was never written down. The list counts and
// makes room; the rows of the elements are the caller's, who inserts and deletes them beside it, in the same transaction.
// What is bounded is the price on the whole: somebody who inserts m times at one spot moves some ten others each time on average, but now
// and then the m that stand there at once (`Respacing`). It refuses to hold more than 2^31 elements.

package struct OrderedList<Table: PlaceTable> {
    /// Where something is to stand.
    package enum Spot: Sendable, Equatable {
        case start, end
        case before(Int64)
        case after(Int64)
    }

    /// Free places in their order, and who had to move for them.
    package struct Room: Sendable, Equatable {
        package let places: [Int64]
        package let respacing: Respacing?
    }

    package let table: Table

    package init(_ table: Table) { self.table = table }

    package func count() throws -> Int { try count(level: Self.top, slots: 0..<PlaceSpace.end(ofLevel: Self.top)) }

    /// The number of the element at a place; for a place that nobody holds, of the one that would.
    package func rank(of place: Int64) throws -> Int { try count(below: place) + 1 }

    /// The numbers of elements at places that are given in order.
    package func ranks(of places: [Int64]) throws -> [Int] {
        var ranks: [Int] = []
        for (index, place) in places.enumerated() {
            if let before = ranks.last, place - places[index - 1] <= 1 << PlaceSpace.shifts[0] {
                ranks.append(before + (try table.count(in: places[index - 1]..<place)))
            } else {
                ranks.append(try rank(of: place))
            }
        }
        return ranks
    }

    /// The place of the element with a number; `nil` for a number that nobody has.
    package func place(at rank: Int) throws -> Int64? {
        guard rank >= 1 else { return nil }
        var left = rank - 1
        var slots = 0..<PlaceSpace.end(ofLevel: Self.top)
        for level in (0...Self.top).reversed() {
            guard let found = try table.block(holding: left, level: level, slots: slots) else { return nil }
            left -= found.before
            slots = Self.children(of: found.slot, level: level)
        }
        return try table.place(at: left, in: slots)
    }

    /// Finds free places at a spot, and makes room where there are too few. The counts do not change: say `added` of what is used.
    package func room(for count: Int, at spot: Spot) throws -> Room {
        let (before, after) = try neighbours(of: spot)
        if let places = Self.free(count, between: before, and: after) { return Room(places: places, respacing: nil) }
        let respacing = try respace(around: before ?? after ?? PlaceSpace.middle, room: count, after: before)
        return Room(places: respacing.room, respacing: respacing)
    }

    /// Counts elements that are in the table now.
    package func added(_ places: [Int64]) throws { try change(places.map { ($0, 1) }) }

    /// Counts elements that are not in the table any more.
    package func removed(_ places: [Int64]) throws { try change(places.map { ($0, -1) }) }
}

extension OrderedList {
    private static var top: Int { PlaceSpace.shifts.count - 1 }

    /// What a block is made of: blocks of the level below, or places.
    private static func children(of slot: Int64, level: Int) -> Range<Int64> {
        let bits = PlaceSpace.shifts[level] - (level > 0 ? PlaceSpace.shifts[level - 1] : 0)
        return slot << bits..<(slot + 1) << bits
    }

    private func count(below place: Int64) throws -> Int {
        guard place > 0 else { return 0 }
        guard place < PlaceSpace.end else { return try count() }
        var sum = 0
        for level in 0...Self.top {
            let slot = PlaceSpace.slot(of: place, level: level)
            sum += try count(level: level, slots: PlaceSpace.firstSibling(of: slot, level: level)..<slot)
        }
        let leaf = PlaceSpace.slot(of: place, level: 0) << PlaceSpace.shifts[0]
        return sum + (leaf < place ? try table.count(in: leaf..<place) : 0)
    }

    private func count(level: Int, slots: Range<Int64>) throws -> Int {
        slots.isEmpty ? 0 : try table.sum(level: level, slots: slots)
    }

    private func neighbours(of spot: Spot) throws -> (before: Int64?, after: Int64?) {
        switch spot {
        case .start: (nil, try table.first(in: 0..<PlaceSpace.end))
        case .end: (try table.last(in: 0..<PlaceSpace.end), nil)
        case .before(let place): (try table.last(in: 0..<place), place)
        case .after(let place): (place, try table.first(in: place + 1..<PlaceSpace.end))
        }
    }

    /// Places between two neighbours; beyond the last and before the first they keep the usual distance.
    private static func free(_ count: Int, between before: Int64?, and after: Int64?) -> [Int64]? {
        let wanted = Int64(count)
        let usual = PlaceSpace.gap
        let (start, step): (Int64, Int64) =
            switch (before, after) {
            case (nil, nil): (PlaceSpace.middle - usual, usual)
            case (let before?, nil): (before, min(usual, (PlaceSpace.end - before) / (wanted + 1)))
            case (nil, let after?):
                (after - (wanted + 1) * min(usual, (after + 1) / (wanted + 1)), min(usual, (after + 1) / (wanted + 1)))
            case (let before?, let after?): (before, (after - before) / (wanted + 1))
            }
        guard step > 0 else { return nil }
        return (1...wanted).map { start + $0 * step }
    }

    /// Spreads the smallest block around a place that is sparse enough.
    private func respace(around place: Int64, room: Int, after predecessor: Int64?) throws -> Respacing {
        for width in Respacing.widths {
            let block = Respacing.block(around: place, width: width)
            let count = try count(in: block)
            guard Respacing.isSparse(width: width, count: count + room) || width == PlaceSpace.bits else { continue }
            let places = try table.places(in: block)
            guard let respacing = Respacing(places, of: block, room: room, after: predecessor) else { continue }
            try apply(respacing)
            return respacing
        }
        throw OrderedListIsFull()
    }

    private func count(in block: Range<Int64>) throws -> Int {
        guard block.upperBound - block.lowerBound > 1 << PlaceSpace.shifts[0] else { return try table.count(in: block) }
        return try count(below: block.upperBound) - count(below: block.lowerBound)
    }

    private func apply(_ respacing: Respacing) throws {
        let moved = respacing.steps
        try table.move(moved)
        try change(moved.map { ($0.from, -1) } + moved.map { ($0.to, 1) })
    }

    /// Adds up what each block gains and loses, and writes each block once.
    private func change(_ changes: [(place: Int64, by: Int)]) throws {
        for level in 0...Self.top {
            if let only = changes.first, changes.count == 1 {
                try table.add(only.by, level: level, slot: PlaceSpace.slot(of: only.place, level: level))
                continue
            }
            var sums: [Int64: Int] = [:]
            for (place, by) in changes { sums[PlaceSpace.slot(of: place, level: level), default: 0] += by }
            for (slot, sum) in sums.sorted(by: { $0.key < $1.key }) where sum != 0 {
                try table.add(sum, level: level, slot: slot)
            }
        }
    }
}

/// There is no room left for another element.
package struct OrderedListIsFull: Error, Equatable {}
