// The sockets of a loop and what it waits for: poll(2) on libzmq's descriptors.
//
// A descriptor of libzmq says that something has happened to its socket, once; whether there is a message only the socket knows, and any
// call on it may take the news in without saying so (ZMQ_FD in zmq_getsockopt(3), libzmq#3641). So each socket remembers whether it was
// called since it last said "nothing here" (`isDisturbed`), and those are asked before the loop waits. `zmq_poll` would ask every
// socket twice a turn, at two system calls each, which is what a lonely call pays most of (ADR 0012).

internal import CZeroMQ

@safe struct PollSet {
    typealias Reader = () -> Void

    private struct Watched {
        let socket: Socket
        let reader: Reader
    }

    private var watched: [ObjectIdentifier: Watched] = [:]
    private var order: [Watched] = []
    /// Behind those of the sockets in `items`.
    private var guests: [Int32] = []
    private var items: [pollfd] = []
    private var isStale = true
    private var busyPoll: BusyPoll

    /// - Parameter busyPoll: How long to look for what comes next before sleeping, in nanoseconds.
    init(busyPoll: UInt64) { self.busyPoll = BusyPoll(limit: busyPoll) }

    /// It is asked before the next wait: of one that was removed after `wait` had asked, and before its reader's turn came, nobody would
    /// hear again.
    mutating func add(_ socket: Socket, _ reader: @escaping Reader) {
        socket.disturb()
        watched[ObjectIdentifier(socket)] = Watched(socket: socket, reader: reader)
        isStale = true
    }

    mutating func remove(_ socket: Socket) {
        watched[ObjectIdentifier(socket)] = nil
        isStale = true
    }

    /// Descriptors of others, which say what there is as long as it is there.
    mutating func watch(_ guests: [Int32]) {
        self.guests = guests
        isStale = true
    }

    var sockets: [Socket] { watched.values.map(\.socket) }

    /// Waits until a socket may be read or the descriptor, or until `timeout` milliseconds have passed; -1 waits for ever.
    ///
    /// - Returns: The readers to call, each to be asked for with `reader(of:)`: an earlier one may have removed a later one's socket.
    mutating func wait(_ wakeDescriptor: Int32, timeout: Int) -> (isWoken: Bool, ready: [Socket], guests: [Int32]) {
        if isStale { rebuild(wakeDescriptor) }
        var ready = order.filter { $0.socket.isDisturbed && $0.socket.hasMessages }.map(\.socket)
        guard waitForOne(ready.isEmpty ? Int32(clamping: timeout) : 0) else { return (false, ready, []) }
        for (index, each) in order.enumerated() where items[index + 1].revents != 0 {
            if !ready.contains(where: { $0 === each.socket }) { ready.append(each.socket) }
        }
        let called = items[(order.count + 1)...].filter { $0.revents != 0 }.map(\.fd)
        return (items[0].revents != 0, ready, called)
    }

    /// Whether a descriptor has something within so many milliseconds.
    private mutating func waitForOne(_ timeout: Int32) -> Bool {
        guard timeout != 0 else { return look(0) }
        let began = KernelClock.nanoseconds
        let isThere = lookAgainAndAgain(from: began) || look(timeout)
        busyPoll.waited(from: began, until: KernelClock.nanoseconds)
        return isThere
    }

    /// In between whoever else has work on this processor gets it: libzmq's threads above all, without which nothing would come.
    private mutating func lookAgainAndAgain(from began: UInt64) -> Bool {
        guard busyPoll.isWorthwhile(at: began) else { return false }
        var (last, now) = (began, began)
        while busyPoll.goesOn(from: began, last: last, now: now) {
            if look(0) { return true }
            sched_yield()
            (last, now) = (now, KernelClock.nanoseconds)
        }
        return false
    }

    private mutating func look(_ timeout: Int32) -> Bool { unsafe fai_poll(&items, nfds_t(items.count), timeout) > 0 }

    func reader(of socket: Socket) -> Reader? { watched[ObjectIdentifier(socket)]?.reader }

    private mutating func rebuild(_ wakeDescriptor: Int32) {
        isStale = false
        order = Array(watched.values)
        let descriptors = [wakeDescriptor] + order.map(\.socket.descriptor) + guests
        items = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    }
}
