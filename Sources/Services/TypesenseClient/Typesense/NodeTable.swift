// Which node is asked next. Pure: it is told what became of a request, and the time.
//
//     nearest, in the order of the topology      asked first while it answers
//     one that failed                            rests, and is asked only where no other is left
//     one whose rest is over                     is asked in its place again

struct NodeTable: Sendable {
    private var restsUntil: [ContinuousClock.Instant?]
    private let rest: Duration

    init(_ count: Int, rest: Duration) {
        restsUntil = Array(repeating: nil, count: count)
        self.rest = rest
    }

    /// All nodes, in the order in which to ask them.
    func order(at now: ContinuousClock.Instant) -> [Int] {
        let awake = restsUntil.indices.filter { restsUntil[$0].map { $0 <= now } ?? true }
        let resting = restsUntil.indices.filter { !awake.contains($0) }
        return awake + resting.sorted { (restsUntil[$0] ?? now, $0) < (restsUntil[$1] ?? now, $1) }
    }

    mutating func answered(_ node: Int) { restsUntil[node] = nil }

    mutating func failed(_ node: Int, at now: ContinuousClock.Instant) { restsUntil[node] = now + rest }
}
