// One connection that a service answers on. An object, so that a message looks its caller up once and not at every step of its way.

internal import ZeroMQ

final class ServedCaller {
    /// Told of the end, it sends no more calls; then it is asked whether it has read what those before were answered.
    enum End: Int, Comparable {
        case unknown, heardOf, askedLast, readAll

        static func < (one: End, other: End) -> Bool { one.rawValue < other.rawValue }
    }

    /// libzmq's name for the connection.
    let identity: [UInt8]
    /// What the ZAP handler said of the connection; empty where it was not asked.
    let user: String
    /// What it calls itself; believed only where `Trust` has nothing better.
    var name = "unknown"
    /// Whether it has said hello.
    var isGreeted = false
    /// On the kernel's clock, in nanoseconds.
    var lastHeard: UInt64
    var batch: Batch
    var takesBatches = false
    /// Its connection, where the kernel counts it.
    var flow: Flow?
    var account: PeerAccount
    private(set) var unread = Unread()
    /// Bytes of its calls in hand, and of answers that may come of them.
    var bytesInHand = 0
    var reserved = 0
    /// Whether it is one of the connections that its peer may have.
    private var isAdmitted = false
    private var hasLeft = false
    /// What it knows of the service's end.
    var end = End.unknown
    var isFlushDue = false
    /// The slots of its calls in hand, by its own numbers for them.
    var slots: [UInt64: UInt64] = [:]
    /// What it called last: often it is the same again.
    var lastOperation: ServedOperation?
    private var lastPrincipal: (text: [UInt8], principal: Principal)?

    init(
        identity: [UInt8],
        user: String,
        at now: UInt64,
        batch: Batch,
        account: PeerAccount,
        flow: Flow?
    ) {
        self.batch = batch
        self.account = account
        self.flow = flow
        account.connections += 1
        if let total = flow?.look()?.acknowledged { _ = unread.arrived(total) }
        self.identity = identity
        self.user = user
        lastHeard = now
    }

    var outstanding: Int { slots.count }

    // MARK: What it has not read

    func hand(_ bytes: Int) {
        unread.hand(bytes)
        account.unread += bytes
    }

    /// Asks the kernel; false where that does not count this connection.
    func look() -> Bool {
        guard let flow else { return false }
        if let counters = flow.look() {
            account.unread -= unread.arrived(counters.acknowledged)
        } else {
            // One that has ended keeps nothing.
            account.unread -= unread.clear()
        }
        return true
    }

    func beginMark() -> UInt64 { unread.beginMark() }
    func answered(_ mark: UInt64) { account.unread -= unread.answered(mark) }

    /// Whether so many bytes more are within what it, and its peer, may leave unread. What was meant for a connection that has ended goes to
    /// nobody: its name may be another one's by now.
    func mayGet(_ bytes: Int, _ limits: BusLimits) -> Bool {
        if fits(bytes, limits) { return true }
        return look() && flow?.hasEnded == false && fits(bytes, limits)
    }

    private func fits(_ bytes: Int, _ limits: BusLimits) -> Bool {
        unread.bytes + reserved + bytes <= limits.unreadBytes && account.unread + bytes <= limits.unreadBytesPerPeer
    }

    /// Whether it is within the number of its peer's connections; one beyond becomes so when another has gone.
    func isWithin(connections limit: Int) -> Bool {
        guard !isAdmitted, account.admitted < limit else { return isAdmitted }
        isAdmitted = true
        account.admitted += 1
        return true
    }

    /// It is not kept any more.
    func leave() {
        guard !hasLeft else { return }
        hasLeft = true
        account.connections -= 1
        if isAdmitted { account.admitted -= 1 }
        account.unread -= unread.clear()
    }

    /// Reads a principal; the one of the call before is not read again.
    func principal(_ text: [UInt8]) throws(Failure) -> Principal {
        if let last = lastPrincipal, last.text == text { return last.principal }
        let principal = try PayloadCoding.decodeInput(Principal.self, from: text[...])
        lastPrincipal = (text, principal)
        return principal
    }
}

/// An operation as a service answers it, with what it has counted.
final class ServedOperation {
    /// Bytes of a name of an operation or a peer.
    static let longestName = 128
    static let longestKey = 255
    let name: String
    let access: Access
    let isIdempotent: Bool
    let handler: Handlers.Body
    let isBuiltin: Bool
    /// Bytes of an answer that are counted before it is there.
    var reserve = 0
    var meter = OperationMeter()

    init(_ entry: Handlers.Entry) {
        name = entry.description.name
        access = entry.description.access
        isIdempotent = entry.description.isIdempotent
        handler = entry.handler
        isBuiltin = name.utf8.starts(with: "bus.".utf8)
    }
}
