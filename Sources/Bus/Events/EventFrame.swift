// Live events as a frame of XPUB and SUB: `topic · 0x00 · message`, where the message carries a block of consecutive events.

package enum EventFrame {
    /// So many bytes of events make the costs of a frame small; where a message may not be as large, blocks stay below that.
    static func blockBytes(maxMessageBytes: Int) -> Int { min(16 << 10, maxMessageBytes / 4) }

    /// Appends the frame of a message about a topic to a buffer that the caller keeps and reuses.
    static func append(_ message: Envelope, of topic: String, to buffer: inout [UInt8]) {
        buffer.append(contentsOf: topic.utf8)
        buffer.append(0)
        message.encode(into: &buffer)
    }

    /// The same events with a frame for each, as a publisher would have sent them that had committed them one by one. What carries no
    /// events stays as it is.
    package static func apart(_ frame: [UInt8]) -> [[UInt8]] {
        guard let end = frame.firstIndex(of: 0), let message = try? Envelope(decoding: frame[(end + 1)...]) else {
            return [frame]
        }
        let topic = String(decoding: frame[..<end], as: UTF8.self)
        guard let block = EventBlock(message, of: topic) else { return [frame] }
        return block.apart.map { one in
            var bytes: [UInt8] = []
            append(Envelope(one), of: topic, to: &bytes)
            return bytes
        }
    }
}

extension Envelope {
    init(_ block: EventBlock) {
        self.init(kind: .event, id: block.first)
        epoch = block.epoch
        payload = block.records
    }
}

extension EventBlock {
    /// `nil` where the message is no event, or lacks what one must have.
    init?(_ envelope: Envelope, of topic: String) {
        guard envelope.kind == .event, let epoch = envelope.epoch else { return nil }
        self.init(topic: topic, epoch: epoch, first: envelope.id, records: envelope.payload)
    }
}
