// What a subscriber knows of one topic, as a pure state machine: it takes events and heads in any order, with holes and repeats, and
// gives them out once each, in order, without holes.
//
//      delivered            buffered (contiguous)        not here: in the publisher's log
//   1 ......... next-1 | next ............ next+n-1 | ............................ head
//
// An event that is not the next one is not kept, only remembered as a higher head: the log has it, and `needsRefill` says from where.
// So memory is bounded by the buffer whatever the network does, and there is one way in which anything lost comes back.

struct TopicTail {
    enum Receipt: Equatable {
        case buffered
        /// Known already.
        case duplicate
        /// There is something newer than what is buffered; refill.
        case behind
        /// The topic has begun another life; everything starts again at 1.
        case newEpoch
    }

    private(set) var epoch: UInt64?
    /// The next offset to give out.
    private(set) var next: UInt64
    /// The highest offset known to exist.
    private(set) var head: UInt64 = 0
    private(set) var gapsFound: UInt64 = 0
    private(set) var gapsFilled: UInt64 = 0
    private var buffer: [Event] = []
    private var isBehind = false
    private let capacity: Int

    init(next: UInt64, capacity: Int) {
        self.next = next
        self.capacity = capacity
    }

    private var end: UInt64 { next + UInt64(buffer.count) }
    var hasEvents: Bool { !buffer.isEmpty }
    /// How many events the buffer takes.
    var room: Int { capacity - buffer.count }

    /// From which offset on the log must be asked; `nil` where nothing is missing or the buffer is full enough to wait.
    var needsRefill: UInt64? { head >= end && buffer.count < capacity / 2 + 1 ? end : nil }

    mutating func receive(_ event: Event) -> Receipt {
        if let change = observe(epoch: event.epoch, head: event.offset) { return change }
        guard event.offset >= end else { return .duplicate }
        guard event.offset == end, room > 0 else {
            noteHead(event.offset)
            return .behind
        }
        buffer.append(event)
        head = max(head, event.offset)
        closeGap()
        return .buffered
    }

    mutating func receiveHead(epoch: UInt64, head: UInt64) -> Receipt {
        if let change = observe(epoch: epoch, head: head) { return change }
        guard head >= end else { return .duplicate }
        noteHead(head)
        return .behind
    }

    /// What the log answered for `needsRefill`: the events from there on, and where the log stands.
    mutating func refill(_ events: [Event], log: TopicHead) {
        if observe(epoch: log.epoch, head: log.head) != nil { return }
        head = max(head, log.head)
        // Events before the log's tail were pruned: they are gone by the publisher's retention, not lost by the bus.
        if buffer.isEmpty, next < log.tail { next = log.tail }
        for event in events where event.offset == end && event.epoch == epoch && room > 0 { buffer.append(event) }
        closeGap()
    }

    /// Gives out up to `limit` events.
    mutating func take(_ limit: Int) -> [Event] {
        let taken = Array(buffer.prefix(limit))
        buffer.removeFirst(taken.count)
        next += UInt64(taken.count)
        return taken
    }

    private mutating func noteHead(_ newHead: UInt64) {
        head = max(head, newHead)
        guard !isBehind else { return }
        isBehind = true
        gapsFound += 1
    }

    /// What was missing has come, by the log or late by itself.
    private mutating func closeGap() {
        guard isBehind, end > head else { return }
        isBehind = false
        gapsFilled += 1
    }

    /// The first news of another life says how far that one is; the log has all of it. What was missing of the old one is no gap any more.
    private mutating func observe(epoch new: UInt64, head newHead: UInt64) -> Receipt? {
        defer { epoch = new }
        guard let epoch, epoch != new else { return nil }
        buffer = []
        next = 1
        head = 0
        closeGap()
        head = newHead
        return .newEpoch
    }

    /// Takes up the position of an earlier life of the subscriber.
    mutating func resume(epoch: UInt64, next: UInt64) {
        self.epoch = epoch
        self.next = next
    }
}
