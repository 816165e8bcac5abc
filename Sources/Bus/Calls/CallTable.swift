// Calls under way, by number, with their deadlines.
//
// A slab of slots and a wheel of deadlines threaded through it:
//
//   id = generation << 32 | slot            a late reply to a finished call meets another generation and is nobody's
//   wheel[tick mod 1024] -> slot <-> slot   a doubly linked list; a tick is 4.096 ms, a turn 4.2 s
//
// Insert, find and remove cost the same however many calls there are and however far their deadlines lie. Nothing is allocated once the
// slab has grown to the largest number of calls ever outstanding. Pure: time is passed in.

struct CallTable<Value> {
    private struct Slot {
        var generation: UInt32 = 1
        var value: Value?
        /// Whether there is a value; asking the value itself copies it.
        var isTaken = false
        /// The tick by which its deadline has passed.
        var due: UInt64 = 0
        /// The tick under which the wheel has it: `due`, or the next one where that is over.
        var tick: UInt64 = 0
        var previous = none
        var next = none
    }

    private static var none: Int32 { -1 }
    private static var wheelSize: Int { 1024 }

    private var slots: [Slot] = []
    private var free: [Int32] = []
    private var wheel: [Int32]
    private var expiredUntil: UInt64
    private(set) var count = 0

    init(now: Deadline = .now) {
        wheel = Array(repeating: Self.none, count: Self.wheelSize)
        expiredUntil = Self.tick(of: now)
    }

    /// Rounded up, so that nothing expires early.
    private static func dueTick(of deadline: Deadline) -> UInt64 { (deadline.microseconds >> 12) &+ 1 }
    private static func tick(of now: Deadline) -> UInt64 { now.microseconds >> 12 }

    mutating func insert(_ value: Value, deadline: Deadline) -> UInt64 {
        let index = free.popLast() ?? grow()
        slots[Int(index)].value = value
        slots[Int(index)].due = Self.dueTick(of: deadline)
        slots[Int(index)].isTaken = true
        link(index)
        count += 1
        return UInt64(slots[Int(index)].generation) << 32 | UInt64(index)
    }

    subscript(id: UInt64) -> Value? { index(of: id).flatMap { slots[$0].value } }

    /// Changes a call in its slot, without copying it out and in. False where the call has ended.
    @discardableResult  // who has just put the call there knows
    mutating func update(_ id: UInt64, _ change: (inout Value) -> Void) -> Bool {
        guard let index = index(of: id), var value = slots[index].value.take() else { return false }
        change(&value)
        slots[index].value = value
        return true
    }

    mutating func remove(_ id: UInt64) -> Value? {
        guard let index = index(of: id) else { return nil }
        unlink(Int32(index))
        return vacate(Int32(index))
    }

    /// Removes every call whose deadline has passed, but for those that `postpone` gives another one: they keep their slot and number.
    mutating func expire(
        now: Deadline,
        postpone: (inout Value) -> Deadline? = { _ in nil }
    ) -> [(id: UInt64, value: Value)] {
        let until = Self.tick(of: now)
        if until < expiredUntil { goBack(to: until) }
        guard until > expiredUntil else { return [] }
        var expired: [(UInt64, Value)] = []
        // A jump of more than a turn needs each bucket once.
        for tick in max(expiredUntil, until - min(until, UInt64(Self.wheelSize))) + 1...until {
            expire(bucket: Int(tick % UInt64(Self.wheelSize)), until: until, postpone, into: &expired)
        }
        expiredUntil = until
        return expired
    }

    /// The clock was set back: what lies in the next tick only because its own seemed over goes where it belongs.
    private mutating func goBack(to tick: UInt64) {
        expiredUntil = tick
        for index in slots.indices where slots[index].value != nil {
            unlink(Int32(index))
            link(Int32(index))
        }
    }

    private mutating func expire(
        bucket: Int,
        until: UInt64,
        _ postpone: (inout Value) -> Deadline?,
        into expired: inout [(UInt64, Value)]
    ) {
        var index = wheel[bucket]
        while index != Self.none {
            let next = slots[Int(index)].next
            if slots[Int(index)].tick <= until {
                let id = UInt64(slots[Int(index)].generation) << 32 | UInt64(index)
                unlink(index)
                if let value = end(index, postpone) { expired.append((id, value)) }
            }
            index = next
        }
    }

    /// Every call under way, for the rare event that many end at once.
    var all: [(id: UInt64, value: Value)] {
        slots.indices.compactMap { index in
            slots[index].value.map { (UInt64(slots[index].generation) << 32 | UInt64(index), $0) }
        }
    }

    /// Gives a call that is due its next deadline, or takes it out.
    private mutating func end(_ index: Int32, _ postpone: (inout Value) -> Deadline?) -> Value? {
        guard var value = slots[Int(index)].value.take() else { return nil }
        let next = postpone(&value)
        slots[Int(index)].value = value
        guard let next else { return vacate(index) }
        slots[Int(index)].due = Self.dueTick(of: next)
        link(index)
        return nil
    }

    // MARK: Slots

    private func index(of id: UInt64) -> Int? {
        let index = Int(id & 0xFFFF_FFFF)
        guard index < slots.count, slots[index].generation == UInt32(id >> 32), slots[index].isTaken else { return nil }
        return index
    }

    private mutating func grow() -> Int32 {
        slots.append(Slot())
        return Int32(slots.count - 1)
    }

    private mutating func vacate(_ index: Int32) -> Value? {
        count -= 1
        slots[Int(index)].generation &+= 1
        slots[Int(index)].isTaken = false
        free.append(index)
        return slots[Int(index)].value.take()
    }

    private mutating func link(_ index: Int32) {
        slots[Int(index)].tick = max(slots[Int(index)].due, expiredUntil + 1)
        let bucket = Int(slots[Int(index)].tick % UInt64(Self.wheelSize))
        let first = wheel[bucket]
        slots[Int(index)].previous = Self.none
        slots[Int(index)].next = first
        if first != Self.none { slots[Int(first)].previous = index }
        wheel[bucket] = index
    }

    private mutating func unlink(_ index: Int32) {
        let (previous, next) = (slots[Int(index)].previous, slots[Int(index)].next)
        if next != Self.none { slots[Int(next)].previous = previous }
        if previous != Self.none {
            slots[Int(previous)].next = next
        } else {
            wheel[Int(slots[Int(index)].tick % UInt64(Self.wheelSize))] = next
        }
    }
}
