// Few moves that bring a list into another order: the most that can stay where they are stay, the others go in runs.

struct MovingRuns {
    struct Run: Equatable {
        /// The run begins with this one and goes on with those right behind it, at the time of the move.
        let first: Int
        var count: Int
        /// The one that it shall stand behind; nil for the beginning.
        let after: Int?
    }

    private static let longest = 1_000

    private(set) var runs: [Run] = []
    /// All who move.
    let moved: Set<Int>

    var count: Int { moved.count }

    /// - Parameter order: The wished order of some numbers, which stand in rising order now.
    init(_ order: [Int]) {
        moved = Set(order).subtracting(LongestRise.indices(of: order).map { order[$0] })
        guard !moved.isEmpty else { return }
        var list = Chain(order.sorted())
        var previous: Int?
        var open: Run?
        for item in order {
            if moved.contains(item) {
                if var run = open, list.next[previous ?? -1] == item, run.count < Self.longest {
                    run.count += 1
                    open = run
                } else {
                    close(&open, &list, previous)
                    open = Run(first: item, count: 1, after: previous)
                }
            } else {
                close(&open, &list, previous)
            }
            previous = item
        }
        close(&open, &list, previous)
    }

    /// Makes the move, so that what stands next to whom is known for the next.
    private mutating func close(_ open: inout Run?, _ list: inout Chain, _ last: Int?) {
        guard let run = open, let last else { return }
        open = nil
        if list.move(run.first, through: last, behind: run.after) { runs.append(run) }
    }
}

/// A list of which runs are moved in constant time; -1 stands before its beginning and behind its end.
private struct Chain {
    private(set) var next: [Int: Int] = [:]
    private var previous: [Int: Int] = [:]

    init(_ items: [Int]) {
        var last = -1
        for item in items {
            link(last, item)
            last = item
        }
        link(last, -1)
    }

    private mutating func link(_ one: Int, _ other: Int) {
        next[one] = other
        previous[other] = one
    }

    /// False where it stands there already.
    mutating func move(_ first: Int, through last: Int, behind: Int?) -> Bool {
        guard let before = previous[first], let after = next[last], before != behind ?? -1 else { return false }
        link(before, after)
        let follower = next[behind ?? -1] ?? -1
        link(behind ?? -1, first)
        link(last, follower)
        return true
    }
}
