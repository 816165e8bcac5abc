// What of the events that are there is sent to one client at a time: those that it wants, as many as there is room for, and one at least. Pure.

struct StreamPortion {
    private(set) var bytes: [UInt8] = []
    private(set) var sent = 0
    /// The offset of the last event that is sent or spared; nil where there was none.
    private(set) var passed: UInt64?
    /// The last one was spared: the client's position has moved, and it has not been told.
    private(set) var isAhead = false

    init(_ entries: some Sequence<FeedRing.Entry>, room: Int, keys: KeyFilter) {
        for entry in entries {
            let isWanted = keys.wants(entry.key)
            if isWanted {
                guard bytes.isEmpty || bytes.count + entry.bytes.count <= room else { return }
                bytes += entry.bytes
                sent += 1
            }
            (passed, isAhead) = (entry.offset, !isWanted)
        }
    }
}
