// What a peer costs at the moment, in all its connections together, and what one of them has not read. Counters, changed where the bytes pass.

/// All connections of one peer. Over `inproc` and `ipc`, where all are of one owner, each connection has one of its own.
final class PeerAccount {
    var connections = 0
    /// Those that may call.
    var admitted = 0
    var unread = 0
}

/// Bytes that were handed to libzmq for a connection and have not been read by the other side. libzmq keeps them and does not say how many.
///
///   tcp              the kernel counts what the other side's kernel has
///   ipc, inproc      a ping is sent behind them; when its pong comes, all before it was read
struct Unread {
    private(set) var bytes = 0
    private var sinceLook = 0
    private var kernelsCount: UInt64?
    /// Pings under way: their numbers, and the bytes that were handed over since the one before.
    private var marks: [(number: UInt64, since: Int)] = []
    private var lastMark: UInt64 = 0
    private var sinceMark = 0
    /// So much is handed over between two looks; each costs a system call, or a ping.
    private static let interval = 256 << 10

    mutating func hand(_ count: Int) {
        bytes += count
        sinceLook += count
        sinceMark += count
    }

    var isMuch: Bool { bytes >= Self.interval }
    var isLookDue: Bool { sinceLook >= Self.interval }

    /// The kernel's count of what has arrived, from any beginning. Returns how much less it is now.
    mutating func arrived(_ total: UInt64) -> Int {
        sinceLook = 0
        let new = total - min(kernelsCount ?? total, total)
        kernelsCount = total
        return take(Int(clamping: new))
    }

    /// Nothing of it is kept any more. Returns how much it was.
    mutating func clear() -> Int { take(bytes) }

    /// The number for a ping.
    mutating func beginMark() -> UInt64 {
        (sinceLook, lastMark) = (0, lastMark + 1)
        marks.append((lastMark, sinceMark))
        sinceMark = 0
        return lastMark
    }

    /// A pong has come; those of others have no number, and are for the first. What went before an earlier ping, whose pong was lost, was read
    /// too. Returns how much less it is now.
    mutating func answered(_ number: UInt64) -> Int {
        guard let index = number == 0 ? marks.indices.first : marks.firstIndex(where: { $0.number == number }) else {
            return 0
        }
        let read = marks[...index].reduce(0) { $0 + $1.since }
        marks.removeSubrange(...index)
        return take(read)
    }

    private mutating func take(_ count: Int) -> Int {
        let taken = min(count, bytes)
        bytes -= taken
        return taken
    }
}
