// A body that comes to be while it is sent: a queue between whoever makes it and the daemon that sends it.
//
//     maker ──write──> [ waiting, at most `capacity` bytes ] ──take──> daemon ──> client
//        └── waits for room                └── nothing there: the connection is suspended until there is something
//
// It ends once, for one reason, and whoever comes first says which. What its maker wrote before `finish` is sent; of one whose client has gone,
// or takes nothing, nothing more is. It grows by nobody's slowness: one piece beyond the capacity is the most that ever waits.

import Synchronization

package final class BodyStream: Sendable {
    package enum End: String, Sendable, Equatable {
        /// Its maker said so.
        case finished
        /// The client closed the connection, or broke it off.
        case clientGone = "client_gone"
        /// The client took nothing of what it was given for longer than `patience`.
        case slowReader = "slow_reader"
        /// The server is shutting down.
        case stopping
    }

    /// What the daemon gets.
    enum Portion: Equatable {
        case bytes(Int)
        /// Nothing yet; the connection has been suspended.
        case nothing
        /// That was all, and all of it was sent.
        case all
        /// Not all of it can be sent.
        case broken
    }

    private struct State {
        var waiting: [UInt8] = []
        /// How many of those have been taken.
        var taken = 0
        var end: End?
        /// Since when the client is at what it was given last: a piece, or the head before the first and the end behind the last.
        var handed: UInt64?
        var suspended: Connection?
        var writer: CheckedContinuation<Void, Never>?
        var whenOver: (@Sendable (End) -> Void)?

        var count: Int { waiting.count - taken }
    }

    /// What is put on a connection at a time: a client that takes less than this within `patience` is too slow.
    private static let portion = 16 << 10

    let capacity: Int
    private let patience: UInt64
    private let farewell: [UInt8]
    private let state = Mutex(State())

    /// - Parameters:
    ///   - capacity: Bytes that may wait here for the client, and in the kernel once more.
    ///   - patience: How long the client may take for a piece of them.
    ///   - farewell: The last bytes where the server ends it.
    package init(capacity: Int, patience: Duration, farewell: [UInt8] = []) {
        self.capacity = max(1, capacity)
        self.patience = patience.nanoseconds
        self.farewell = farewell
    }

    // MARK: For its maker

    /// Why it has ended; nil while it goes on.
    package var end: End? { state.withLock { $0.end } }

    /// Adds bytes, once there is room for them; more than there ever is go alone. For one writer at a time.
    ///
    /// - Returns: False where it has ended; then the bytes are for nobody.
    package func write(_ bytes: [UInt8]) async -> Bool {
        while true {
            let (isDone, isOpen) = add(bytes)
            if isDone { return isOpen }
            await changed { $0.count + bytes.count > capacity && $0.count > 0 }
        }
    }

    /// Waits until at least half of the capacity is free.
    ///
    /// - Returns: How many bytes there is room for; nil where it has ended.
    package func room() async -> Int? {
        while true {
            let (free, end) = state.withLock { (capacity - $0.count, $0.end) }
            guard end == nil else { return nil }
            if free >= (capacity + 1) / 2 { return free }
            await changed { capacity - $0.count < (capacity + 1) / 2 }
        }
    }

    /// Adds bytes where nothing waits, such as a sign of life: who has something to read needs none.
    ///
    /// - Returns: Whether it has added them.
    @discardableResult  // a sign of life that was not needed is none that is missing
    package func writeIfIdle(_ bytes: [UInt8]) -> Bool {
        let (isDone, connection) = state.withLock { state -> (Bool, Connection?) in
            guard state.end == nil, state.count == 0 else { return (false, nil) }
            return (true, Self.append(bytes, &state))
        }
        connection?.resume()
        return isDone
    }

    /// Ends it behind these bytes, if nobody has ended it before.
    package func finish(_ last: [UInt8] = []) { end(.finished, last) }

    /// Calls `body` once it has ended, at once where it has.
    package func whenOver(_ body: @escaping @Sendable (End) -> Void) {
        let end = state.withLock { state -> End? in
            if state.end == nil { state.whenOver = body }
            return state.end
        }
        if let end { body(end) }
    }

    // MARK: For the server

    /// Whether nothing of it is left to be sent.
    var isOver: Bool { state.withLock { $0.end != nil && $0.count == 0 } }

    func stop() { end(.stopping, farewell) }

    func abandon(_ end: End) { self.end(end, []) }

    /// Its head is on its way. libmicrohttpd asks for bytes only when the client has taken that.
    func begin(at now: UInt64) { state.withLock { $0.handed = now } }

    /// On the daemon's thread: the next bytes, or `connection` is suspended until there are some.
    func take(_ buffer: UnsafeMutableRawBufferPointer, for connection: Connection, now: UInt64) -> Portion {
        let (portion, writer) = state.withLock { state -> (Portion, CheckedContinuation<Void, Never>?) in
            state.handed = nil
            if state.end == .clientGone || state.end == .slowReader { return (.broken, nil) }
            let count = min(state.count, buffer.count, Self.portion)
            guard count > 0 else {
                if state.end != nil {
                    state.handed = now
                    return (.all, nil)
                }
                // Under the lock: who writes now finds the connection suspended, or is found here.
                connection.suspend()
                state.suspended = connection
                return (.nothing, nil)
            }
            let piece = state.waiting[state.taken..<state.taken + count]
            unsafe buffer.copyBytes(from: piece)
            Self.drop(count, &state)
            state.handed = now
            return (.bytes(count), state.writer.take())
        }
        writer?.resume()
        return portion
    }

    /// Whether the client has been at its last piece for too long.
    func isStuck(at now: UInt64) -> Bool {
        state.withLock { state in state.handed.map { now - min(now, $0) >= patience } ?? false }
    }

    // MARK: Parts

    private func add(_ bytes: [UInt8]) -> (isDone: Bool, isOpen: Bool) {
        let (isDone, isOpen, connection) = state.withLock { state -> (Bool, Bool, Connection?) in
            guard state.end == nil else { return (true, false, nil) }
            guard state.count + bytes.count <= capacity || state.count == 0 else { return (false, true, nil) }
            return (true, true, Self.append(bytes, &state))
        }
        connection?.resume()
        return (isDone, isOpen)
    }

    /// Gives the connection to be resumed.
    private static func append(_ bytes: [UInt8], _ state: inout State) -> Connection? {
        guard !bytes.isEmpty else { return nil }
        state.waiting += bytes
        return state.suspended.take()
    }

    /// An empty queue holds no memory: most streams are idle most of the time.
    private static func drop(_ count: Int, _ state: inout State) {
        state.taken += count
        if state.count == 0 {
            (state.waiting, state.taken) = ([], 0)
        } else if state.taken > state.waiting.count / 2 {
            state.waiting.removeFirst(state.taken)
            state.taken = 0
        }
    }

    /// Who has to be told of the end.
    private struct Woken {
        var connection: Connection?
        var writer: CheckedContinuation<Void, Never>?
        var whenOver: (@Sendable (End) -> Void)?
    }

    private func end(_ end: End, _ last: [UInt8]) {
        let woken = state.withLock { state -> Woken in
            guard state.end == nil else { return Woken() }
            state.end = end
            state.waiting += last
            return Woken(
                connection: state.suspended.take(),
                writer: state.writer.take(),
                whenOver: state.whenOver.take()
            )
        }
        woken.connection?.resume()
        woken.writer?.resume()
        woken.whenOver?(end)
    }

    /// Waits for the client to take something, or for the end; not at all where `isFull` does not hold any more.
    private func changed(while isFull: @Sendable (State) -> Bool) async {
        await withCheckedContinuation { writer in
            let mustWait = state.withLock { state in
                guard state.end == nil, isFull(state) else { return false }
                state.writer = writer
                return true
            }
            if !mustWait { writer.resume() }
        }
    }
}
