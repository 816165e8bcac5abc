// What `bus.replay` asks and answers: a range of a topic's log. The answer is binary:
//
//   epoch (64 bit) · head (64 bit) · tail (64 bit) · offset of the first event, 0 where there is none (64 bit) · its records
//
// A page is cut where it would not fit into a message: libzmq ends the connection over one, and the subscriber would ask again for ever.

struct ReplayRequest: Codable, Sendable {
    let topic: String
    let from: UInt64
    /// 0 asks only where the topic stands.
    let limit: Int
    /// The epoch in which `from` counts; absent where the asker knows of none yet.
    var epoch: UInt64?
    /// The version of the topic that the asker reads: absent for 1, as before there were others; 0 for who only shows events.
    var version: Int?
}

/// One look at a topic's log: where it stands, and consecutive events of it.
public struct ReplayPage: Sendable, Equatable {
    static let headerSize = 32

    /// Where the topic stood at that look.
    public let head: TopicHead
    /// `nil`: no events.
    package let block: EventBlock?

    package init(head: TopicHead, block: EventBlock?) {
        self.head = head
        self.block = block
    }

    /// Of as many of the events as follow each other and have no more than so many bytes, at least one where there is one.
    public init(head: TopicHead, events: [Event], bytes: Int = .max) {
        self.init(head: head, block: EventBlock(events, limit: bytes))
    }

    /// Its events, in order.
    package var events: [Event] {
        guard var block else { return [] }
        var events: [Event] = []
        block.take(block.count, into: &events)
        return events
    }

    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.headerSize + (block?.records.count ?? 0))
        for number in [head.epoch, head.head, head.tail, block?.first ?? 0] { bytes.appendBigEndian(number) }
        if let block { bytes.append(contentsOf: block.records) }
        return bytes
    }

    /// `nil` where the bytes do not add up.
    init?(decoding bytes: ArraySlice<UInt8>, topic: String) {
        guard bytes.count >= Self.headerSize else { return nil }
        let numbers = (0..<4).map { bytes.bigEndian(UInt64.self, at: bytes.startIndex + 8 * $0) }
        head = TopicHead(topic: topic, epoch: numbers[0], head: numbers[1], tail: numbers[2])
        guard head.head < .max, (1...head.head + 1).contains(head.tail) else { return nil }
        let records = bytes.dropFirst(Self.headerSize)
        block = EventBlock(topic: topic, epoch: head.epoch, first: numbers[3], records: records)
        guard block != nil || records.isEmpty else { return nil }
    }
}
