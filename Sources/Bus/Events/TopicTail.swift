// What a subscriber knows of one topic, as a pure state machine: it takes events and heads in any order, with holes and repeats, and
// gives them out once each, in order, without holes.
//
//      delivered            buffered (contiguous)        not here: in the log         ahead (contiguous)
//   1 ......... next-1 | next ............ end-1 | end ........................ | ......................... head
//
// They come in blocks of consecutive events, and cost once a block. What is known of it already is passed over. What comes behind a hole
// is remembered as a higher head, and waits ahead if it goes on there: the log has what is missing, and `needsRefill` says from where.
// Without what waits, a subscriber of a busy topic would never come back from the log: there is always more by the time it has
// answered. Both queues are bounded whatever the network does, and there is one way in which anything lost comes back.
//
// Epochs are random, so two of them do not say which is the later. Only the log does: a message of another epoch than ours is a doubt,
// it makes us ask, and only the answer moves us. A late message of an epoch that has ended costs a question, never our place.

struct TopicTail {
    enum Receipt: Equatable {
        case buffered
        /// Known already, all of it.
        case duplicate
        /// There is something newer than what is buffered; refill. A block whose beginning fits is buffered that far.
        case behind
        /// Of another life of the topic than the one we follow: the next one, or a late word of one that has ended.
        case otherEpoch
    }

    /// The life of the topic that the log has last told; `nil` before it has been asked.
    private(set) var epoch: UInt64?
    /// The next offset to give out.
    private(set) var next: UInt64
    /// The highest offset known to exist.
    private(set) var head: UInt64 = 0
    private(set) var gapsFound: UInt64 = 0
    private(set) var gapsFilled: UInt64 = 0
    /// An epoch that was heard of and that the log has to confirm.
    private(set) var doubt: UInt64?
    /// The last epoch that turned out not to be the log's: its late events are not asked about again.
    private var dismissed: UInt64?
    private var buffer = BlockQueue()
    /// Half as many again, behind a hole.
    private var ahead = BlockQueue()
    private var isBehind = false
    private let capacity: Int
    private let byteCapacity: Int

    /// - Parameters:
    ///   - next: The first offset to give out.
    ///   - capacity: Events that the buffer takes, and half as many again behind a hole.
    ///   - bytes: The same in bytes of records. Where they are reached, no more is taken; one frame or page may go beyond.
    init(next: UInt64, capacity: Int, bytes: Int = .max) {
        self.next = next
        self.capacity = capacity
        byteCapacity = bytes
    }

    private var end: UInt64 { next + UInt64(buffer.count) }
    var hasEvents: Bool { buffer.count > 0 }
    /// How many events the buffer takes.
    var room: Int { buffer.bytes < byteCapacity ? max(0, capacity - buffer.count) : 0 }
    private var roomAhead: Int { ahead.bytes < byteCapacity / 2 ? max(0, capacity / 2 - ahead.count) : 0 }
    /// How full both are; 1 is full.
    private var filling: Double { max(Self.share(buffer.count, capacity), Self.share(buffer.bytes, byteCapacity)) }
    private var fillingAhead: Double { max(Self.share(ahead.count, capacity), Self.share(ahead.bytes, byteCapacity)) }
    private static func share(_ part: Int, _ whole: Int) -> Double { Double(part) / Double(whole) }

    /// Whether live events had better wait where they are: a block that comes now would soon not fit, and what does not fit is lost and
    /// has to be asked for.
    var isNearlyFull: Bool { filling > 0.75 || fillingAhead > 0.25 }
    /// Whether they may come again.
    var hasRoomAgain: Bool { filling <= 0.5 && fillingAhead <= 0.25 }

    /// From which offset on the log must be asked; `nil` where nothing is missing or the buffer is full enough to wait.
    var needsRefill: UInt64? {
        if doubt != nil { return end }
        return head >= end && filling <= 0.5 ? end : nil
    }

    mutating func receive(_ block: EventBlock) -> Receipt {
        guard block.epoch == epoch else {
            if block.epoch != dismissed { doubt = block.epoch }
            return .otherEpoch
        }
        guard block.end > end else { return .duplicate }
        add(block)
        guard end >= block.end else {
            noteHead(block.end - 1)
            wait(block)
            return .behind
        }
        return .buffered
    }

    mutating func receiveHead(epoch: UInt64, head: UInt64) -> Receipt {
        guard epoch == self.epoch else {
            // Also of one that was dismissed: a publisher sends heads all the time, so should that log have come back, we notice.
            doubt = epoch
            return .otherEpoch
        }
        guard head >= end else { return .duplicate }
        noteHead(head)
        return .behind
    }

    /// What the log answered for `needsRefill`: events from there on, where there are any, and where the log stands. `asked` is the doubt that there was
    /// before the question was sent; one that came later is not answered by it.
    mutating func refill(_ block: EventBlock?, log: TopicHead, settling asked: UInt64? = nil) {
        settle(asked, log.epoch)
        enter(log)
        head = max(head, log.head)
        if let block, block.epoch == epoch { add(block) }
        closeGap()
    }

    /// Buffers what of a block goes on where the buffer ends, as far as there is room.
    private mutating func add(_ block: EventBlock) {
        guard block.first <= end, block.end > end else { return }
        var new = block
        new.drop(before: end)
        new.keep(room)
        buffer.append(new)
        goOn()
        head = max(head, end - 1)
        closeGap()
    }

    /// Keeps what comes behind a hole, as far as it goes on where that ends. What came when there was no room is not behind a hole.
    private mutating func wait(_ block: EventBlock) {
        guard block.first > end else { return }
        var new = block
        if let known = ahead.end {
            guard block.first <= known else { return }
            new.drop(before: known)
        }
        new.keep(roomAhead)
        ahead.append(new)
    }

    /// What waited ahead is next where the hole before it is filled.
    private mutating func goOn() {
        guard let start = ahead.start, start <= end else { return }
        for var block in ahead.takeAll() {
            block.drop(before: end)
            buffer.append(block)
        }
    }

    /// Gives out up to `limit` events.
    mutating func take(_ limit: Int) -> [Event] {
        let taken = buffer.take(limit)
        next += UInt64(taken.count)
        return taken
    }

    /// Takes up the position of an earlier life of the subscriber.
    mutating func resume(epoch: UInt64, next: UInt64) {
        self.epoch = epoch
        self.next = next
    }

    /// Gives up what lies before `offset`; never goes back.
    mutating func skip(to offset: UInt64) {
        guard offset > end else { return }
        buffer = BlockQueue()
        next = offset
        goOn()
        closeGap()
    }

    // MARK: Gaps

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

    // MARK: Epochs

    private mutating func settle(_ asked: UInt64?, _ answer: UInt64) {
        guard let asked, doubt == asked else { return }
        doubt = nil
        if asked != answer { dismissed = asked }
    }

    /// The log's epoch is ours, and no doubt about it is left: it may have been heard of while the log was asked for the first time. Another
    /// one than before begins at 1, and what was missing of the old one is no gap any more.
    private mutating func enter(_ log: TopicHead) {
        defer { epoch = log.epoch }
        if doubt == log.epoch { doubt = nil }
        guard let epoch, epoch != log.epoch else { return }
        dismissed = epoch
        (buffer, ahead) = (BlockQueue(), BlockQueue())
        next = 1
        head = 0
        closeGap()
    }
}
