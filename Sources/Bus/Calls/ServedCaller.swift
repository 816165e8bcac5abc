// One connection that a service answers on. An object, so that a message looks its caller up once and not at every step of its way.

final class ServedCaller {
    /// libzmq's name for the connection.
    let identity: [UInt8]
    /// What the ZAP handler said of the connection; empty where it was not asked.
    let user: String
    /// What it calls itself; believed only where `Trust` has nothing better.
    var name = "unknown"
    /// On the kernel's clock, in nanoseconds.
    var lastHeard: UInt64
    var batch: Batch
    var takesBatches = false
    var isFlushDue = false
    /// The slots of its calls in hand, by its own numbers for them.
    var slots: [UInt64: UInt64] = [:]
    /// What it called last: often it is the same again.
    var lastOperation: ServedOperation?
    private var lastPrincipal: (text: [UInt8], principal: Principal)?

    init(identity: [UInt8], user: String, at now: UInt64, batch: Batch) {
        self.batch = batch
        self.identity = identity
        self.user = user
        lastHeard = now
    }

    var outstanding: Int { slots.count }

    /// Reads a principal; the one of the call before is not read again.
    func principal(_ text: [UInt8]) throws(Failure) -> Principal {
        if let last = lastPrincipal, last.text == text { return last.principal }
        let principal = try PayloadCoding.decode(Principal.self, from: text[...])
        lastPrincipal = (text, principal)
        return principal
    }
}

/// An operation as a service answers it, with what it has counted.
final class ServedOperation {
    let name: String
    let access: Access
    let isIdempotent: Bool
    let handler: Handlers.Body
    var meter = OperationMeter()

    init(_ entry: Handlers.Entry) {
        name = entry.description.name
        access = entry.description.access
        isIdempotent = entry.description.isIdempotent
        handler = entry.handler
    }
}
