// The life of one connection to one replica, as a pure state machine: events and the clock in, actions out, no I/O.
//
//              open                connected / inproc         welcome
//   (lost) ──────────> connecting ─────────────────> greeting ────────> ready ──draining──> draining
//     ^                    │                             │                │                    │
//     └──── back-off <─────┴──── lost, silent, refused ──┴────────────────┴────────────────────┘
//
// A link that is lost is thrown away with its socket and made anew; it is never revived (see SocketOptions on RECONNECT_IVL).

struct LinkState: Equatable {
    enum Phase: Equatable {
        case connecting
        case greeting
        case ready
        /// Answers what is in hand and takes no more.
        case draining
        case lost
    }

    enum Action: Equatable {
        case nothing
        case open
        case sendHello
        case sendPing
        /// Throw the socket away; open another after the delay.
        case discard(retryAfter: Duration)
    }

    private(set) var phase = Phase.lost
    /// Whether any attempt has come to an end, good or bad; until then callers wait instead of hearing "unavailable".
    private(set) var hasSettled = false
    private(set) var failures = 0
    private var attemptsToSettle = 1
    private var lastHeard: ContinuousClock.Instant
    private let heartbeat: Duration
    private let liveness: Duration

    init(heartbeat: Duration, liveness: Duration, now: ContinuousClock.Instant) {
        self.heartbeat = heartbeat
        self.liveness = liveness
        lastHeard = now
    }

    /// So many attempts have to fail before it is settled that nobody is there: one for each key and address that
    /// may be the right ones.
    mutating func opened(at now: ContinuousClock.Instant, needing attempts: Int = 1) {
        phase = .connecting
        attemptsToSettle = attempts
        lastHeard = now
    }

    mutating func connected(at now: ContinuousClock.Instant) -> Action {
        guard phase == .connecting else { return .nothing }
        phase = .greeting
        lastHeard = now
        return .sendHello
    }

    mutating func welcomed(at now: ContinuousClock.Instant) {
        guard phase == .greeting || phase == .connecting else { return }
        phase = .ready
        hasSettled = true
        failures = 0
        lastHeard = now
    }

    mutating func heard(at now: ContinuousClock.Instant) { lastHeard = now }

    mutating func serviceDrains() {
        if phase == .ready { phase = .draining }
    }

    /// The connection ended or was refused. `jitter` is a random number from 0 to 1.
    mutating func disconnected(jitter: Double) -> Action {
        guard phase != .lost else { return .nothing }
        phase = .lost
        defer { failures += 1 }
        if failures + 1 >= attemptsToSettle { hasSettled = true }
        return .discard(retryAfter: Self.backOff(failures: failures, jitter: jitter))
    }

    /// Called every half heartbeat.
    mutating func tick(at now: ContinuousClock.Instant, jitter: Double) -> Action {
        guard phase != .lost else { return .nothing }
        let silence = lastHeard.duration(to: now)
        if silence >= liveness { return disconnected(jitter: jitter) }
        guard silence >= heartbeat / 2, phase != .connecting else { return .nothing }
        // A greeting that was lost is said again: a ping would be answered, and we would wait for a welcome that never comes.
        return phase == .greeting ? .sendHello : .sendPing
    }

    /// 20 ms, doubling up to 2 s, each between half and one and a half of that: callers of a restarted service do not come all at once.
    static func backOff(failures: Int, jitter: Double) -> Duration {
        let milliseconds = min(2_000, 20 << min(failures, 10))
        return .milliseconds(Double(milliseconds) * (0.5 + jitter))
    }
}
