// What a connection is at, and when its patience ends. Pure; instants are nanoseconds of any clock that only goes forward.
//
//     idle ──first byte──> arriving ──last byte──> handed ──answered──> idle, or arriving, or handed: the next request
//                                                   └──streamed──> streaming: for as long as its client likes, and takes what it is given
//      any of them ──> refused ──its answer is said──> leaving
//
// A request has one deadline from its first byte to its last, and a shorter one for its head, however busily it trickles.

struct RequestClock {
    struct Patience: Sendable {
        /// From the first byte of a head to its last.
        var head: UInt64
        /// From the first byte of a request to its last.
        var request: UInt64
        /// From one byte to the next, and between requests.
        var silence: UInt64
        /// From the last byte of a request to the last of its answer.
        var answer: UInt64
        /// From the moment when the server is to end to the last byte of a request that has begun, and of a farewell then.
        var drain: UInt64
        /// From a refusal to the end of the connection: so long its sender may take to read it.
        var farewell: UInt64
    }

    enum Phase: Equatable { case idle, arriving, handed, streaming, refused, leaving }

    enum Verdict: Equatable {
        case goesOn
        /// The request did not come in time.
        case isTooSlow
        /// The request did not come, and the server is to end.
        case isInTheWay
        /// Nobody needs the connection any more.
        case isOver
    }

    var isRefused: Bool { phase == .refused || phase == .leaving }

    private(set) var phase = Phase.idle
    /// When the phase began.
    private(set) var since: UInt64
    private var lastByte: UInt64

    init(now: UInt64) { (since, lastByte) = (now, now) }

    mutating func heard(at now: UInt64) { lastByte = now }

    mutating func enter(_ phase: Phase, at now: UInt64) {
        if phase != self.phase { begin(phase, at: now) }
    }

    /// Enters it for another request than the one before, whose time was its own.
    mutating func begin(_ phase: Phase, at now: UInt64) { (self.phase, since, lastByte) = (phase, now, now) }

    /// `end` is when the server was told to end; nil while it goes on.
    func verdict(at now: UInt64, isInHead: Bool, end: UInt64? = nil, _ patience: Patience) -> Verdict {
        // Whoever looks may have read the clock before something happened.
        let (age, silence) = (now - min(now, since), now - min(now, lastByte))
        switch phase {
        case .idle: return silence >= patience.silence ? .isOver : .goesOn
        case .arriving:
            let isLate = age >= patience.request || (isInHead && age >= patience.head) || silence >= patience.silence
            if let end, now - min(now, end) >= patience.drain { return .isInTheWay }
            return isLate ? .isTooSlow : .goesOn
        case .handed: return age >= patience.answer ? .isOver : .goesOn
        case .streaming, .refused: return .goesOn
        case .leaving:
            let farewell = end == nil ? patience.farewell : min(patience.farewell, patience.drain)
            return age >= farewell ? .isOver : .goesOn
        }
    }
}
