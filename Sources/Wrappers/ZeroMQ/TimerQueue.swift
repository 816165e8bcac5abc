// The loop's timers: an array in order of due time, since there are few. Per-call deadlines have a wheel of their own (`CallTable`).

package struct TimerID: Hashable, Sendable {
    let number: UInt64
}

struct TimerQueue {
    private var queue: [(due: ContinuousClock.Instant, id: TimerID)] = []
    private var bodies: [TimerID: () -> Void] = [:]
    private var count: UInt64 = 0

    mutating func add(at due: ContinuousClock.Instant, _ body: @escaping () -> Void) -> TimerID {
        count += 1
        let id = TimerID(number: count)
        bodies[id] = body
        let index = queue.firstIndex { $0.due > due } ?? queue.endIndex
        queue.insert((due, id), at: index)
        return id
    }

    mutating func remove(_ id: TimerID) {
        guard bodies.removeValue(forKey: id) != nil else { return }
        queue.removeAll { $0.id == id }
    }

    /// Takes out the first that is due. Its body may add and remove others, so it is called by the loop, not from in here.
    mutating func popDue(at now: ContinuousClock.Instant) -> (() -> Void)? {
        guard let first = queue.first, first.due <= now else { return nil }
        queue.removeFirst()
        return bodies.removeValue(forKey: first.id)
    }

    /// For poll(2): -1 waits for ever. Rounded up, so that a timer is due when the poll returns.
    func millisecondsUntilNext(from now: ContinuousClock.Instant) -> Int {
        guard let first = queue.first else { return -1 }
        guard first.due > now else { return 0 }
        let (seconds, attoseconds) = (now.duration(to: first.due) + .microseconds(999)).components
        return Int(clamping: min(seconds, 3_600) * 1_000 + attoseconds / 1_000_000_000_000_000)
    }
}
