// Events that wait to be given out, as the blocks in which they came. Taking moves no block until half of them have gone.

struct BlockQueue {
    private var blocks: [EventBlock] = []
    /// Before it, blocks are empty.
    private var front = 0
    /// How many events wait.
    private(set) var count = 0
    /// How many bytes their records are.
    private(set) var bytes = 0

    /// The offset of the first event, and that behind the last; `nil` where there is none.
    var start: UInt64? { count > 0 ? blocks[front].first : nil }
    var end: UInt64? { count > 0 ? blocks.last?.end : nil }

    mutating func append(_ block: EventBlock) {
        guard block.count > 0 else { return }
        blocks.append(block)
        count += block.count
        bytes += block.records.count
    }

    mutating func take(_ limit: Int) -> [Event] {
        let wanted = min(limit, count)
        var events: [Event] = []
        events.reserveCapacity(max(0, wanted))
        while events.count < wanted {
            let before = blocks[front].records.count
            blocks[front].take(wanted - events.count, into: &events)
            bytes -= before - blocks[front].records.count
            if blocks[front].count == 0 { front += 1 }
        }
        count -= events.count
        tidy()
        return events
    }

    /// Empties it; returns the blocks that were in it.
    mutating func takeAll() -> ArraySlice<EventBlock> {
        defer { self = BlockQueue() }
        return blocks[front...]
    }

    private mutating func tidy() {
        guard 2 * front >= blocks.count else { return }
        blocks.removeFirst(front)
        front = 0
    }
}
