// The newest events of a topic, as they are sent to everybody who follows it. Pure; bounded in bytes.
//
//     in the log only        | first ................ end-1 | end: the next one that comes
//
// It is one stretch of one life of the log, without holes; where that is not so any more, it begins anew.

internal import Bus

struct FeedRing: Sendable {
    struct Entry: Sendable {
        let offset: UInt64
        let key: String
        /// The event, written.
        let bytes: [UInt8]

        init(_ event: Event) {
            offset = event.offset
            key = event.key
            let position = LogPosition(epoch: event.epoch, offset: event.offset)
            bytes = ServerSentEvent.event(event.topic, at: position, event.payload)
        }
    }

    enum Found: Sendable {
        case entries(ArraySlice<Entry>)
        /// It has all that is here.
        case atEnd
        /// What it wants next is not here: the log knows.
        case elsewhere
    }

    /// What an entry takes besides its bytes and its key.
    private static let overhead = 96
    /// Entries that are given out at a time.
    private static let most = 256

    private(set) var epoch: UInt64 = 0
    private(set) var end: UInt64 = 1
    private(set) var size = 0
    private let limit: Int
    private var entries: [Entry] = []
    /// How many of those have been let go.
    private var gone = 0

    init(limit: Int) { self.limit = limit }

    var first: UInt64 { end - UInt64(entries.count - gone) }

    /// Begins anew, empty, before an offset.
    mutating func begin(epoch: UInt64, next: UInt64) {
        (self.epoch, end, size, entries, gone) = (epoch, next, 0, [], 0)
    }

    mutating func add(_ events: [Event]) {
        for event in events {
            if event.epoch != epoch || event.offset != end { begin(epoch: event.epoch, next: event.offset) }
            let entry = Entry(event)
            entries.append(entry)
            size += Self.weight(entry)
            end += 1
        }
        shrink()
    }

    func find(_ next: LogPosition) -> Found {
        guard next.epoch == epoch, (first...end).contains(next.offset) else { return .elsewhere }
        guard next.offset < end else { return .atEnd }
        let start = gone + Int(next.offset - first)
        return .entries(entries[start..<min(entries.count, start + Self.most)])
    }

    private mutating func shrink() {
        while size > limit, gone < entries.count {
            size -= Self.weight(entries[gone])
            gone += 1
        }
        guard gone > entries.count / 2 else { return }
        entries.removeFirst(gone)
        gone = 0
    }

    private static func weight(_ entry: Entry) -> Int { entry.bytes.count + entry.key.utf8.count + overhead }
}
