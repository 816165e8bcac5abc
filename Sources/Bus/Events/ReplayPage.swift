// What `bus.replay` asks and answers: a range of a topic's log. The answer is binary, since it carries whole event messages:
//
//   epoch (64 bit) · head (64 bit) · tail (64 bit) · { length (32 bit) · event message }…
//
// A page is cut where it would not fit into a message: libzmq ends the connection over one, and the subscriber would ask again for ever.

struct ReplayRequest: Codable, Sendable {
    let topic: String
    let from: UInt64
    /// 0 asks only where the topic stands.
    let limit: Int
    /// The epoch in which `from` counts; absent where the asker knows of none yet.
    var epoch: UInt64?
}

struct ReplayPage {
    let head: TopicHead
    let events: [Event]

    init(head: TopicHead, events: [Event]) {
        self.head = head
        self.events = events
    }

    /// At most `limit` bytes, but at least one event where there is one.
    func encoded(atMost limit: Int = .max) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(min(limit, 24 + events.reduce(0) { $0 + 128 + $1.payload.count }))
        for number in [head.epoch, head.head, head.tail] { bytes.appendBigEndian(number) }
        for event in events {
            let lengthAt = bytes.count
            bytes.append(contentsOf: [0, 0, 0, 0])
            Envelope(event).encode(into: &bytes)
            guard bytes.count <= limit || lengthAt == 24 else { return Array(bytes.prefix(lengthAt)) }
            bytes.overwriteBigEndian(UInt32(bytes.count - lengthAt - 4), at: lengthAt)
        }
        return bytes
    }

    /// `nil` where the bytes do not add up.
    init?(decoding bytes: ArraySlice<UInt8>, topic: String) {
        guard bytes.count >= 24 else { return nil }
        let start = bytes.startIndex
        head = TopicHead(
            topic: topic,
            epoch: bytes.bigEndian(UInt64.self, at: start),
            head: bytes.bigEndian(UInt64.self, at: start + 8),
            tail: bytes.bigEndian(UInt64.self, at: start + 16)
        )
        guard head.head < .max, (1...head.head + 1).contains(head.tail) else { return nil }
        var events: [Event] = []
        var at = start + 24
        while at < bytes.endIndex {
            guard bytes.endIndex - at >= 4 else { return nil }
            let length = Int(bytes.bigEndian(UInt32.self, at: at))
            guard length <= bytes.endIndex - at - 4 else { return nil }
            let message = bytes[at + 4..<at + 4 + length]
            guard let envelope = try? Envelope(decoding: message), let event = Event(envelope) else { return nil }
            events.append(event)
            at += 4 + length
        }
        self.events = events
    }
}

extension Envelope {
    init(_ event: Event) {
        self.init(kind: .event, id: event.offset, time: event.committedAt.microseconds)
        name = event.topic
        trace = event.trace
        epoch = event.epoch
        key = event.key
        payload = event.payload[...]
    }
}

extension Event {
    /// `nil` where the message lacks what an event must have.
    init?(_ envelope: Envelope) {
        guard envelope.kind == .event, let topic = envelope.name, let epoch = envelope.epoch else { return nil }
        self.init(
            topic: topic,
            epoch: epoch,
            offset: envelope.id,
            key: envelope.key ?? "",
            committedAt: Deadline(microseconds: envelope.time),
            trace: envelope.trace,
            payload: Array(envelope.payload)
        )
    }
}
