// Messages on their way to one connection that leave together, at the end of the loop's turn, as one frame.
//
//   a header of kind `batch`, its id the number of messages │ length (32 bit), message │ length, message │ …
//
// One message alone leaves as it is. So a peer that has nothing else to say is answered as quickly as without, and under load libzmq's
// threads are woken once a turn instead of once a message. What does not fit waits here, bounded; more than that is refused.

internal import ZeroMQ

struct Batch {
    /// So many messages, or bytes, are sent without waiting for the end of the turn: the other side can begin, and hears that we live.
    private static let fullCount = 32
    private let fullSize: Int
    private var bytes: [UInt8] = []
    private(set) var count = 0

    /// 32 KiB make the costs of a frame small; where a message may not be as large, batches stay below that.
    init(maxMessageBytes: Int) { fullSize = min(32 << 10, maxMessageBytes / 4) }

    var isEmpty: Bool { count == 0 }
    var isFull: Bool { count >= Self.fullCount || bytes.count >= fullSize }

    /// Whether what is here has to leave before this message comes in. Large messages travel alone, so that no batch is larger than a
    /// single message may be.
    func mustLeave(before message: Envelope) -> Bool {
        isFull || (!isEmpty && message.variableSize >= fullSize / 4)
    }

    mutating func append(_ message: Envelope) {
        if isEmpty { Envelope(kind: .batch).encode(into: &bytes) }
        let lengthAt = bytes.count
        bytes.appendBigEndian(UInt32(0))
        message.encode(into: &bytes)
        bytes.overwriteBigEndian(UInt32(bytes.count - lengthAt - 4), at: lengthAt)
        count += 1
    }

    /// Hands the frame to `send`, which is told where in the bytes it begins, and forgets it once it has left.
    mutating func leave(_ send: ([UInt8], Int) throws -> SendResult) rethrows -> SendResult {
        guard count > 0 else { return .sent }
        if count > 1 { bytes.overwriteBigEndian(UInt32(count), at: Envelope.idOffset + 4) }
        let result = try send(bytes, count > 1 ? 0 : Envelope.headerSize + 4)
        if result != .wouldBlock { clear() }
        return result
    }

    mutating func clear() {
        bytes.removeAll(keepingCapacity: bytes.capacity <= 4 * fullSize)
        count = 0
    }
}

extension Envelope {
    /// Bytes beyond the header and the small fields, about.
    fileprivate var variableSize: Int {
        payload.count + (principal?.count ?? 0) + (idempotencyKey?.utf8.count ?? 0) + (name?.utf8.count ?? 0)
    }

    /// Calls `body` with the message of a frame, or with each of a batch; what cannot be read is passed over, with what follows it.
    ///
    /// - Returns: How many there were, at least one.
    static func each(in frame: [UInt8], _ body: (Envelope) -> Void) -> Int {
        guard let first = try? Envelope(decoding: frame[...]) else { return 1 }
        guard first.kind == .batch else {
            body(first)
            return 1
        }
        var rest = first.payload
        var count = 0
        while let message = next(&rest), message.kind != .batch {
            body(message)
            count += 1
        }
        return max(1, count)
    }

    private static func next(_ rest: inout ArraySlice<UInt8>) -> Envelope? {
        guard rest.count >= 4 else { return nil }
        let length = Int(rest.bigEndian(UInt32.self, at: rest.startIndex))
        let message = rest.dropFirst(4).prefix(length)
        guard message.count == length else { return nil }
        rest = rest.dropFirst(4 + length)
        return try? Envelope(decoding: message)
    }
}
