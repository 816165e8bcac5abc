// Messages on their way to one connection that leave together, at the end of the loop's turn, as one frame.
//
//   a header of kind `batch`, its id the number of messages │ length (32 bit), message │ length, message │ …
//
// One message alone leaves as it is. So a peer that has nothing else to say is answered as quickly as without, and under load libzmq's
// threads are woken once a turn instead of once a message. What does not fit waits here, bounded; more than that is refused.

internal import ZeroMQ

struct Batch {
    /// So many messages, or bytes, are sent without waiting for the end of the turn: the other side can begin, and hears that we live.
    private var fullCount = fewest
    private let fullSize: Int
    private static let fewest = 8
    private static let most = 128
    private var bytes: [UInt8] = []
    private(set) var count = 0

    /// 32 KiB make the costs of a frame small; where a message may not be as large, batches stay below that.
    init(maxMessageBytes: Int) { fullSize = min(32 << 10, maxMessageBytes / 4) }

    var isEmpty: Bool { count == 0 }
    var isFull: Bool { count >= fullCount || bytes.count >= fullSize }

    /// Frames grow with the traffic: `messages` is what would be a fair share of what is under way. Where that is little, small frames keep
    /// both sides busy at once; where it is much, each frame wakes two threads of libzmq that could do something else.
    mutating func share(_ messages: Int) { fullCount = min(max(messages, Self.fewest), Self.most) }

    /// Whether what is here has to leave before a message of so many bytes comes in. Large messages travel alone, so that no batch is larger than a
    /// single message may be.
    func mustLeave(before size: Int) -> Bool { isFull || (!isEmpty && size >= fullSize / 4) }

    mutating func append(_ message: Envelope) {
        begin(size: message.size)
        message.encode(into: &bytes)
    }

    /// A message that has been written already, under another number and with another time.
    mutating func append(_ message: [UInt8], id: UInt64, time: UInt64) {
        begin(size: message.count)
        let start = bytes.count
        bytes.append(contentsOf: message)
        bytes.overwriteBigEndian(id, at: start + Envelope.idOffset)
        bytes.overwriteBigEndian(time, at: start + Envelope.timeOffset)
    }

    private mutating func begin(size: Int) {
        if isEmpty { Envelope(kind: .batch).encode(into: &bytes) }
        bytes.appendBigEndian(UInt32(size))
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
    /// Calls `body` with the message of a frame, or with each of a batch; what cannot be read is passed over, with what follows it.
    ///
    /// - Returns: How many there were, at least one; none where a batch is larger than it may be, which is not read.
    static func each(in frame: [UInt8], _ limits: BusLimits = BusLimits(), _ body: (Envelope) -> Void) -> Int {
        guard let first = try? Envelope(decoding: frame[...]) else { return 1 }
        guard first.kind == .batch else {
            body(first)
            return 1
        }
        guard frame.count <= limits.batchBytes, first.id <= limits.batchMessages else { return 0 }
        var at = first.payload.startIndex
        var count = 0
        while count < limits.batchMessages, let message = message(in: frame, at: &at), message.kind != .batch {
            body(message)
            count += 1
        }
        return max(1, count)
    }

    private static func message(in frame: [UInt8], at start: inout Int) -> Envelope? {
        guard frame.count - start >= 4 else { return nil }
        let size = Int(frame.span.bigEndian(UInt32.self, at: start))
        let begin = start + 4
        guard size <= frame.count - begin else { return nil }
        start = begin + size
        return try? Envelope(decoding: frame[begin..<start])
    }
}
