// Where a stream is in its topic, and what it has to be told where it cannot go on there. Pure.

internal import Bus

/// Why a stream does not go on where its client was: something may be missing to it, and nothing else says so.
struct StreamReset: Sendable, Equatable {
    enum Reason: String, Sendable, Codable {
        /// What came behind its position is not kept any more.
        case gone
        /// The log has begun again.
        case anotherLog = "another_log"
        /// The log ends before its position: an older copy of it was restored.
        case ahead
    }

    let reason: Reason
    /// The oldest event that is kept, with which the stream goes on.
    let first: LogPosition

    static let name = "reset"

    private struct Message: Codable {
        let topic: String
        let reason: Reason
        /// A text: more digits than a number in JSON is sure to keep.
        let epoch: String
        let first: UInt64
    }

    func event(of topic: String) -> [UInt8] {
        let message = Message(topic: topic, reason: reason, epoch: "\(first.epoch)", first: first.offset)
        let before = LogPosition(epoch: first.epoch, offset: first.offset - 1)
        return ServerSentEvent.event(Self.name, at: before, (try? PayloadCoding.encode(message)) ?? [])
    }
}

struct StreamCursor: Sendable, Equatable {
    /// The next event that is wanted.
    private(set) var next: LogPosition

    init(next: LogPosition) { self.next = next }

    /// Where a stream begins in a log that stands so.
    static func begin(_ start: EventsRequest.Start, _ log: TopicHead) -> (cursor: StreamCursor, reset: StreamReset?) {
        switch start {
        case .live: return (StreamCursor(next: .init(epoch: log.epoch, offset: log.head + 1)), nil)
        case .earliest: return (StreamCursor(next: .init(epoch: log.epoch, offset: log.tail)), nil)
        case .after(let position):
            var cursor = StreamCursor(next: .init(epoch: position.epoch, offset: position.offset + 1))
            let reset = cursor.settle(log)
            return (cursor, reset)
        }
    }

    /// The last event that the client has had, or has been spared.
    var passed: LogPosition { LogPosition(epoch: next.epoch, offset: next.offset - 1) }

    mutating func pass(_ offset: UInt64) { next.offset = offset + 1 }

    /// Goes to the oldest event that is kept where it cannot go on in a log that stands so.
    mutating func settle(_ log: TopicHead) -> StreamReset? {
        let reason: StreamReset.Reason
        if log.epoch != next.epoch {
            reason = .anotherLog
        } else if next.offset < log.tail {
            reason = .gone
        } else if next.offset > log.head + 1 {
            reason = .ahead
        } else {
            return nil
        }
        next = LogPosition(epoch: log.epoch, offset: log.tail)
        return StreamReset(reason: reason, first: next)
    }
}
