// A connection that is being made, step by step, so that several can be made at once and each has our deadline.
//
//     [looking its name up] ──> wanting to write or read ──step──> … ──> open | failed

internal import CPostgreSQL
import Glibc
import HostNames

@safe final class Opening {
    private enum State { case looksUp, wantsToRead, wantsToWrite, open, failed }

    let server: Server
    private var handle: OpaquePointer?
    private var state = State.failed
    private(set) var problem = "it was not tried"
    private let addresses: HostNames.Answer?

    init(_ server: Server, _ names: HostNames) {
        self.server = server
        addresses = server.isNamed ? names.addresses(of: server.host) : nil
        (state, problem) = (.looksUp, "its name was not looked up in time")
        if addresses == nil { begin(at: []) }
    }

    /// Goes on if its name has been looked up meanwhile.
    func look() {
        guard state == .looksUp, let known = addresses?.known else { return }
        guard known.isEmpty else { return begin(at: known) }
        (state, problem) = (.failed, "its name has no address")
    }

    private func begin(at addresses: [String]) {
        problem = "it did not answer in time"
        var (names, values) = (CTexts(), CTexts())
        for (name, value) in server.parameters(at: addresses) {
            names.add(name)
            values.add(value)
        }
        names.end()
        values.end()
        unsafe handle = names.withPointers { names in
            unsafe values.withPointers { values in unsafe PQconnectStartParams(names, values, 0) }
        }
        state = unsafe PQstatus(handle) == CONNECTION_BAD ? .failed : .wantsToWrite
        if state == .failed { note() }
    }

    deinit {
        // Also one that never came to be has memory.
        if let handle = unsafe handle { unsafe PQfinish(handle) }
    }

    var isOpen: Bool { state == .open }
    var looksUp: Bool { state == .looksUp }
    var isUnderWay: Bool { state == .wantsToRead || state == .wantsToWrite }

    /// What to wait for; the socket may be another one after each step.
    var waiting: pollfd {
        let events = state == .wantsToWrite ? POLLOUT : POLLIN
        return pollfd(fd: unsafe PQsocket(handle), events: Int16(events), revents: 0)
    }

    /// Goes on after its socket was ready.
    func step() {
        switch unsafe PQconnectPoll(handle) {
        case PGRES_POLLING_READING: state = .wantsToRead
        case PGRES_POLLING_WRITING: state = .wantsToWrite
        case PGRES_POLLING_OK: state = .open
        default:
            state = .failed
            note()
        }
    }

    /// Hands the open connection over; afterwards this is empty.
    func take() throws(PostgreSQLError) -> Connection {
        guard state == .open, let opened = unsafe handle else { throw failure }
        unsafe handle = nil
        state = .failed
        return try unsafe Connection(owning: opened)
    }

    var failure: PostgreSQLError { PostgreSQLError(.lost, "\(server.host):\(server.port): \(problem)") }

    private func note() {
        guard let text = unsafe PQerrorMessage(handle) else { return }
        problem = unsafe String(cString: text)
    }
}
