// What waits for the writer, and in which order it gets there. Pure.
//
//     oldest first; but once a long write has had the writer, first all short ones that waited for it
//
// So a short write waits for one long one at most, however many of them are sent at once, and long ones are not starved: their turn comes
// after so many short ones.

struct WriteQueue {
    private var waiting: [any QueuedWrite] = []
    /// So many short ones come first now.
    private var owed = 0

    var count: Int { waiting.count }

    mutating func add(_ write: any QueuedWrite) { waiting.append(write) }

    /// The next batch, at most so many.
    mutating func take(_ maximum: Int) -> [any QueuedWrite] {
        guard owed > 0 else { return takeFirst(min(maximum, waiting.count)) }
        var (batch, rest): ([any QueuedWrite], [any QueuedWrite]) = ([], [])
        for write in waiting {
            if !write.isLong, batch.count < min(maximum, owed) { batch.append(write) } else { rest.append(write) }
        }
        waiting = rest
        return batch
    }

    /// - Parameters:
    ///   - left: Those of the batch for which there was no time: they come first again.
    ///   - wasLong: A long one was among those that had their turn.
    ///   - short: So many short ones had theirs.
    mutating func give(back left: some Sequence<any QueuedWrite>, wasLong: Bool, short: Int) {
        waiting.insert(contentsOf: Array(left), at: 0)
        let promised = wasLong ? Int.max : max(0, owed - short)
        owed = min(promised, waiting.count { !$0.isLong })
    }

    private mutating func takeFirst(_ count: Int) -> [any QueuedWrite] {
        defer { waiting.removeFirst(count) }
        return Array(waiting.prefix(count))
    }
}
