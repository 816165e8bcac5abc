// Calls by number and by deadline, on clocks that are set forward and back; in the end random steps against a table without a wheel.

import Testing

@testable import Bus

@Suite struct CallTableTests {
    static let tick: UInt64 = 4_096
    static let turn = 1_024 * tick
    static let today: UInt64 = 1_770_000_000_000_000

    static func at(_ microseconds: UInt64) -> Deadline { Deadline(microseconds: microseconds) }

    var table = CallTable<String>(now: at(today))

    // MARK: Numbers

    @Test mutating func `a call is found by its number until it is removed`() {
        let id = table.insert("a", deadline: Self.at(Self.today + 1))
        #expect(table[id] == "a")
        table.update(id) { $0 = "b" }
        #expect(table.remove(id) == "b")
        #expect(table[id] == nil)
        #expect(table.remove(id) == nil)
        #expect(table.count == 0)
    }

    @Test mutating func `a slot that is used again has another number, and the old one is nobody's`() {
        let old = table.insert("old", deadline: Self.at(Self.today + 1))
        _ = table.remove(old)
        let new = table.insert("new", deadline: Self.at(Self.today + 1))
        #expect(old & 0xFFFF_FFFF == new & 0xFFFF_FFFF)
        #expect(old != new)
        table.update(old) { $0 = "late" }
        #expect(table[old] == nil)
        #expect(table.remove(old) == nil)
        #expect(table[new] == "new")
    }

    @Test(arguments: [0, 1, 0xFFFF_FFFF, 1 << 32, UInt64.max])
    func `a number that was never given is nobody's`(id: UInt64) {
        var table = CallTable<String>(now: Self.at(Self.today))
        #expect(table[id] == nil)
        #expect(table.remove(id) == nil)
    }

    // MARK: Deadlines

    /// Two ticks after its deadline a call is gone: one since deadlines are rounded up, one since the clock's tick must be over.
    @Test(arguments: [0, 1, tick - 1, tick, 100 * tick, turn - 1, turn, turn + 1, 3 * turn + 5, 1_000 * turn])
    func `a call expires after its deadline, never before, and within two ticks`(left: UInt64) {
        var table = CallTable<String>(now: Self.at(Self.today))
        let deadline = Self.today + left
        let id = table.insert("a", deadline: Self.at(deadline))
        #expect(table.expire(now: Self.at(deadline)).isEmpty)
        #expect(table[id] == "a")
        #expect(table.expire(now: Self.at(deadline + 2 * Self.tick)).map(\.id) == [id])
        #expect(table.count == 0)
        #expect(table.expire(now: Self.at(deadline + 3 * Self.tick)).isEmpty)
    }

    @Test mutating func `a deadline that is long past expires with the next tick`() {
        let id = table.insert("late", deadline: Self.at(0))
        #expect(table.expire(now: Self.at(Self.today + Self.tick)).map(\.id) == [id])
    }

    @Test mutating func `a deadline that never comes does not expire`() {
        let id = table.insert("patient", deadline: Self.at(.max))
        #expect(table.expire(now: Self.at(Self.today + 5 * Self.turn)).isEmpty)
        #expect(table[id] == "patient")
    }

    @Test(arguments: 0..<5)
    func `calls of one bucket are removed and expire without one another`(removed: Int) {
        var table = CallTable<Int>(now: Self.at(Self.today))
        let deadline = Self.today + 10 * Self.tick
        let ids = (0..<5).map { table.insert($0, deadline: Self.at(deadline)) }
        #expect(table.remove(ids[removed]) == removed)
        let left = table.expire(now: Self.at(deadline + 2 * Self.tick)).map(\.value)
        #expect(Set(left) == Set(0..<5).subtracting([removed]))
    }

    @Test mutating func `calls of one bucket but of another turn stay`() {
        let soon = table.insert("soon", deadline: Self.at(Self.today + 3 * Self.tick))
        let later = table.insert("later", deadline: Self.at(Self.today + 3 * Self.tick + Self.turn))
        #expect(table.expire(now: Self.at(Self.today + 6 * Self.tick)).map(\.id) == [soon])
        #expect(table[later] == "later")
        #expect(table.expire(now: Self.at(Self.today + 6 * Self.tick + Self.turn)).map(\.id) == [later])
    }

    @Test(arguments: UInt64(0)..<5)
    func `inside a turn calls expire in the order of their deadlines`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var table = CallTable<UInt64>(now: Self.at(Self.today))
        for _ in 0..<500 {
            let deadline = Self.today + UInt64.random(in: 0..<Self.turn / 2, using: &generator)
            _ = table.insert(deadline, deadline: Self.at(deadline))
        }
        let ticks = table.expire(now: Self.at(Self.today + Self.turn - Self.tick)).map { $0.value / Self.tick }
        #expect(ticks.count == 500)
        #expect(ticks == ticks.sorted())
    }

    // MARK: Clocks that are set

    @Test func `a clock that begins in 1970 is a clock`() {
        var table = CallTable<String>(now: Self.at(0))
        let id = table.insert("a", deadline: Self.at(Self.tick))
        #expect(table.expire(now: Self.at(3 * Self.tick)).map(\.id) == [id])
    }

    @Test mutating func `a clock set forward by days expires all that is due by it`() {
        let ids = (1...50).map { table.insert("\($0)", deadline: Self.at(Self.today + UInt64($0) * Self.turn / 3)) }
        let expired = table.expire(now: Self.at(Self.today + 100_000 * Self.turn)).map(\.id)
        #expect(Set(expired) == Set(ids))
    }

    @Test mutating func `after a clock was set back calls expire by it`() {
        let yesterday = Self.today - 20_000 * Self.turn
        _ = table.expire(now: Self.at(Self.today + Self.tick))
        // The first call of the new time comes before anybody has noticed.
        let first = table.insert("first", deadline: Self.at(yesterday + 10 * Self.tick))
        #expect(table.expire(now: Self.at(yesterday)).isEmpty)
        let second = table.insert("second", deadline: Self.at(yesterday + 20 * Self.tick))
        #expect(table.expire(now: Self.at(yesterday + 12 * Self.tick)).map(\.id) == [first])
        #expect(table.expire(now: Self.at(yesterday + 22 * Self.tick)).map(\.id) == [second])
    }

    // MARK: Against a model

    /// What the table promises, kept the naive way.
    struct Model {
        var calls: [UInt64: (value: Int, deadline: UInt64)] = [:]
        var gone: [UInt64] = []
        var now: UInt64

        mutating func remove(_ id: UInt64) -> Int? {
            gone.append(id)
            return calls.removeValue(forKey: id)?.value
        }

        /// Whether exactly those have expired that had to, at a time when nothing was put off before.
        mutating func agrees(with expired: [(id: UInt64, value: Int)], lastExpiry: UInt64) -> Bool {
            let areDue = expired.allSatisfy { call in
                guard let known = calls[call.id], known.deadline < now else { return false }
                return remove(call.id) == call.value
            }
            return areDue && calls.values.allSatisfy { max($0.deadline, lastExpiry) + 2 * tick > now }
        }
    }

    @Test(arguments: UInt64(0)..<12)
    func `any sequence of operations ends as in a table without a wheel`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        // Some begin in 1970, and there clocks only go forward.
        let start = seed % 3 == 0 ? 0 : Self.today
        var model = Model(now: start)
        var table = CallTable<Int>(now: Self.at(start))
        var lastExpiry = start
        for step in 0..<3_000 {
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<5:
                let horizon = generator.pick([Self.tick, 40 * Self.tick, Self.turn, 5 * Self.turn])
                let deadline = model.now + UInt64.random(in: 0...horizon, using: &generator)
                let id = table.insert(step, deadline: Self.at(deadline))
                #expect(model.calls[id] == nil && !model.gone.contains(id))
                model.calls[id] = (step, deadline)
            case 5..<7:
                guard let id = model.calls.keys.sorted().randomElement(using: &generator) else { continue }
                #expect(table[id] == model.calls[id]?.value)
                #expect(table.remove(id) == model.remove(id))
            case 7:
                guard let id = model.gone.randomElement(using: &generator) else { continue }
                #expect(table[id] == nil)
                #expect(table.remove(id) == nil)
            default:
                let jump = generator.pick([Self.tick / 2, 3 * Self.tick, Self.turn / 2, 3 * Self.turn])
                model.now += UInt64.random(in: 0...jump, using: &generator)
                if start > 0, generator.oneIn(20) { model.now -= 7 * Self.turn }
                let agrees = model.agrees(with: table.expire(now: Self.at(model.now)), lastExpiry: lastExpiry)
                #expect(agrees, "step \(step)")
                lastExpiry = model.now
            }
            #expect(table.count == model.calls.count)
        }
        #expect(Set(table.all.map(\.id)) == Set(model.calls.keys))
    }
}
