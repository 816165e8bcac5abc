// The list against a plain array: after each operation the same order, the same numbers, and counts that agree with the places.

import Testing

@testable import Ordering

@Suite struct OrderedListTests {
    /// A list beside the array that it has to agree with. Elements are known by the order in which they came.
    private final class Pair {
        private(set) var array: [Int] = []
        private var placeOf: [Int: Int64] = [:]
        private var elementAt: [Int64: Int] = [:]
        private(set) var movedInAll = 0
        private var next = 0
        private let table = MemoryPlaces()
        private var list: OrderedList<MemoryPlaces> { OrderedList(table) }

        func insert(at index: Int, count: Int = 1) throws {
            let room = try list.room(for: count, at: spot(at: index))
            follow(table.takeMoves())
            for (offset, place) in room.places.enumerated() { put(next + offset, at: place) }
            array.insert(contentsOf: next..<next + count, at: index)
            next += count
            try list.added(room.places)
        }

        func remove(at index: Int) throws { _ = try take(at: index) }

        func move(from: Int, to: Int) throws {
            let element = try take(at: from)
            let room = try list.room(for: 1, at: spot(at: to))
            follow(table.takeMoves())
            put(element, at: room.places[0])
            array.insert(element, at: to)
            try list.added(room.places)
        }

        /// Holds number against index for some elements, and index against number.
        func compare(_ indices: some Sequence<Int>) throws {
            let indices = Set(indices).sorted()
            #expect(try list.count() == array.count)
            for index in indices {
                let found = try list.place(at: index + 1)
                let place = try #require(found)
                #expect(elementAt[place] == array[index], "number \(index + 1)")
                #expect(try list.rank(of: place) == index + 1)
            }
            #expect(try list.ranks(of: indices.compactMap { placeOf[array[$0]] }) == indices.map { $0 + 1 })
            #expect(try list.place(at: array.count + 1) == nil)
            #expect(try list.place(at: 0) == nil)
        }

        private func take(at index: Int) throws -> Int {
            let element = array.remove(at: index)
            guard let place = placeOf.removeValue(forKey: element) else { throw Unknown() }
            elementAt[place] = nil
            table.remove(place)
            try list.removed([place])
            return element
        }

        private struct Unknown: Error {}

        private func spot(at index: Int) -> OrderedList<MemoryPlaces>.Spot {
            guard index < array.count, let place = placeOf[array[index]] else { return .end }
            return index == 0 ? .start : .before(place)
        }

        private func put(_ element: Int, at place: Int64) {
            #expect(elementAt[place] == nil, "place \(place) is taken")
            #expect((0..<PlaceSpace.end).contains(place))
            (placeOf[element], elementAt[place]) = (place, element)
            table.insert(place)
        }

        private func follow(_ moves: [Respacing.Move]) {
            let elements = moves.map { elementAt.removeValue(forKey: $0.from) }
            for (move, element) in zip(moves, elements) {
                elementAt[move.to] = element
                if let element { placeOf[element] = move.to }
            }
            movedInAll += moves.count
        }
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `ten thousand random operations end in the same order as on an array`(seed: UInt64) throws {
        var random = SplitMix(seed)
        let pair = Pair()
        for step in 0..<10_000 {
            let count = pair.array.count
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                try pair.insert(
                    at: Int.random(in: 0...count, using: &random),
                    count: Int.random(in: 1...3, using: &random)
                )
            case 5..<7 where count > 0: try pair.remove(at: Int.random(in: 0..<count, using: &random))
            case 7..<10 where count > 0:
                try pair.move(
                    from: Int.random(in: 0..<count, using: &random),
                    to: Int.random(in: 0..<count, using: &random)
                )
            default: break
            }
            guard !pair.array.isEmpty, step.isMultiple(of: 10) else { continue }
            try pair.compare([0, pair.array.count - 1, Int.random(in: 0..<pair.array.count, using: &random)])
        }
        try pair.compare(pair.array.indices)
    }

    /// Where others would run out of keys. An insertion moves a few elements on the whole, and never the list.
    @Test(arguments: ["first", "last", "same spot", "ends in turn", "after the newest", "thirds"])
    func `whoever inserts where it hurts moves few others on the whole`(_ pattern: String) throws {
        let pair = Pair()
        for step in 0..<5_000 {
            let count = pair.array.count
            let index =
                switch pattern {
                case "first": 0
                case "last": count
                case "same spot": min(1, count)
                case "ends in turn": step.isMultiple(of: 2) ? 0 : count
                case "after the newest": step < 2 ? count : min(step - 1, count - 1)
                default: count / 3
                }
            try pair.insert(at: index)
        }
        try pair.compare(stride(from: 0, to: 5_000, by: 97))
        #expect(pair.movedInAll <= 5_000 * 20, "\(pair.movedInAll) moved for 5,000 insertions")
    }

    @Test func `a run of many is put between two neighbours that leave no room`() throws {
        let pair = Pair()
        try pair.insert(at: 0, count: 2)
        for _ in 0..<20 { try pair.insert(at: 1) }
        try pair.insert(at: 1, count: 5_000)
        try pair.compare(stride(from: 0, to: pair.array.count, by: 11))
    }

    @Test func `numbers close up behind each removal`() throws {
        let pair = Pair()
        try pair.insert(at: 0, count: 2_000)
        for _ in 0..<1_000 { try pair.remove(at: 0) }
        try pair.compare(pair.array.indices)
        while !pair.array.isEmpty { try pair.remove(at: pair.array.count / 2) }
        try pair.compare([])
    }
}

/// A small generator that can be repeated (Steele, Lea, Flood, 2014).
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
