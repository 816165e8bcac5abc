// While a service's key is being replaced it has two, and who connects cannot know which one it will meet. So each key has its turn: after
// an attempt that failed the next one, after one that succeeded the same again.

struct KeyTurns {
    private var index = 0
    private var wasRight = true

    /// For the attempt that begins.
    mutating func next() -> Int {
        if !wasRight { index &+= 1 }
        wasRight = false
        return index
    }

    mutating func succeeded() { wasRight = true }

    /// The key of this turn.
    static func choose(_ turn: Int, from keys: [PeerKey]) -> PeerKey? {
        keys.isEmpty ? nil : keys[Int(turn.magnitude % UInt(keys.count))]
    }
}
