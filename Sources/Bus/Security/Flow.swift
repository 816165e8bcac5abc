// What comes in on one connection, as the kernel counts it, beside what was taken from its socket. The difference is what libzmq keeps: it bounds
// messages that are whole, by number, and nothing else. A message of a thousand frames, or one that never ends, would take all memory.
//
//   kernel ── received ──> libzmq ── taken ──> us          received − taken = kept: the rest of a message that is not whole yet,
//                                                           and whole ones that wait for their turn
//
// Written by the loop that owns the socket, read by the guard (`FlowGuard`), which is beside it: a loop that is being flooded cannot
// look after itself.

internal import Synchronization
internal import ZeroMQ

final class Flow: Sendable {
    let connection: Connection
    private let bytes = Atomic<UInt64>(0)
    private let ended = Atomic(false)
    private let overhead: Int
    let budget: Mutex<FlowBudget>

    init(_ connection: Connection, overhead: Int, _ budget: FlowBudget) {
        self.connection = connection
        self.overhead = overhead
        self.budget = Mutex(budget)
    }

    var taken: UInt64 { bytes.load(ordering: .relaxed) }

    /// Whether it is known that the connection has ended: its descriptor's number may be another one's by now.
    var hasEnded: Bool { ended.load(ordering: .relaxed) }

    func noteEnd() { ended.store(true, ordering: .relaxed) }

    /// Asks the kernel; nil once the connection has ended.
    func look() -> Connection.Counters? {
        let counters = connection.counters
        if counters == nil { noteEnd() }
        return counters
    }

    /// A frame was taken from the socket.
    func take(_ frame: Int) {
        bytes.add(UInt64(Connection.wireBytes(frame, overhead: overhead)), ordering: .relaxed)
    }
}

/// Decides whether a connection has too much under way. Pure: counters and time are passed in.
struct FlowBudget: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        /// Of messages that are answered: so many bytes may be kept of one that is not whole. Until the loop has emptied its socket, what is kept may
        /// also be whole messages that wait; together they may be eight times as much.
        case calls(incomplete: UInt64)
        /// Of subscriptions, of which there are few: so many bytes at once, and so many a second.
        case subscriptions(burst: UInt64, perSecond: UInt64)
    }

    let kind: Kind
    /// Kept when a message was last completed, or what was allowed for so far.
    private var base: UInt64 = 0
    private var lastTaken: UInt64 = 0
    private var lastReceived: UInt64 = 0
    private var lastTime: UInt64?

    init(_ kind: Kind) { self.kind = kind }

    /// - Parameters:
    ///   - received: Bytes that libzmq has read.
    ///   - taken: Bytes of frames that were taken from the socket.
    ///   - hasEmptied: Whether the socket was found empty since the last look.
    ///   - now: On any clock, in nanoseconds.
    /// - Returns: Whether the connection is to end.
    mutating func isExceeded(received: UInt64, taken: UInt64, hasEmptied: Bool, now: UInt64) -> Bool {
        defer { lastTime = now }
        switch kind {
        case .calls(let incomplete):
            defer { lastReceived = received }
            let kept = received - min(taken, received)
            if taken != lastTaken { (lastTaken, base) = (taken, kept) }
            // What was there at the last look and is not taken, although the socket was found empty since, is of a message that is not whole.
            let unfinished = hasEmptied ? lastReceived - min(taken, lastReceived) : 0
            return unfinished - min(base, unfinished) > incomplete || kept - min(base, kept) > 8 * incomplete
        case .subscriptions(let burst, let perSecond):
            let since = Double(now - min(lastTime ?? now, now)) / 1_000_000_000
            base = min(received, base + UInt64(min(since, 3_600) * Double(perSecond)))
            return received - base > burst
        }
    }
}
