// One thread that owns sockets and runs the Swift code that touches them.
//
//   other threads ── enqueue(job) ──> inbox ──┐ (eventfd, written only when the loop may sleep)
//                                             v
//   loop:  run jobs ─> fire timers ─> end the turn ─> wait for [eventfd] + sockets ─> call the readers that are ready ─> again
//
// It is a task executor, for handlers that shall begin beside the sockets, and has a serial one (`LoopIsolation`), for the actors that
// own them. It refuses to be blocked: nothing that runs here waits, hashes passwords or talks to a disk.

internal import CZeroMQ
internal import Synchronization

// @unchecked because everything that changes is touched on the loop's thread only, which `checkIsolated` asserts, or behind a mutex.
@safe package final class PollLoop: TaskExecutor, @unchecked Sendable {
    package typealias Reader = () -> Void

    private let name: String
    private let inbox: LoopInbox
    private let isolation: LoopIsolation
    /// The thread to wait for; taken by the one who does.
    private let joinable = Mutex<pthread_t?>(nil)
    private var sockets: PollSet
    private var guests = Guests()
    private var timers = TimerQueue()
    private var endings: [() -> Void] = []

    /// Starts the thread; it runs when this returns.
    ///
    /// - Parameters:
    ///   - name: What the thread is called.
    ///   - busyPoll: How long to look for what comes next before sleeping, while it comes that soon; zero is not at all.
    /// - Throws: Where the operating system has no more threads or descriptors to give.
    package init(name: String, busyPoll: Duration = .zero) throws(ZeroMQError) {
        self.name = name
        sockets = PollSet(busyPoll: UInt64(clamping: busyPoll.components.attoseconds / 1_000_000_000))
        inbox = try LoopInbox()
        isolation = LoopIsolation(inbox, name: name)
        try start()
    }

    private func start() throws(ZeroMQError) {
        let this = unsafe Unmanaged.passRetained(self)
        var thread = pthread_t()
        let result = unsafe pthread_create(&thread, nil, { unsafe PollLoop.main($0) }, this.toOpaque())
        guard result == 0 else {
            unsafe this.release()
            throw ZeroMQError(call: "pthread_create", number: result)
        }
        joinable.withLock { $0 = thread }
    }

    /// Asks the thread to end after the jobs that it has; safe from any thread, returns at once.
    package func stop() {
        inbox.requestStop()
        // Nobody will wait for the thread, so its remains go with it.
        if let thread = joinable.withLock({ $0.take() }) { pthread_detach(thread) }
    }

    /// Asks the loop to end and waits until its thread is gone. Never from the loop itself.
    package func stopAndWait() {
        precondition(!isCurrent, "a loop cannot wait for itself")
        inbox.requestStop()
        if let thread = joinable.withLock({ $0.take() }) { _ = pthread_join(thread, nil) }
    }

    // MARK: Executors

    package func enqueue(_ job: consuming ExecutorJob) {
        unsafe inbox.add(LoopInbox.Job(job: UnownedJob(job), executor: .tasks(asUnownedTaskExecutor())))
    }

    package func asUnownedTaskExecutor() -> UnownedTaskExecutor { unsafe UnownedTaskExecutor(ordinary: self) }

    /// For actors that live on the loop; they keep the loop itself, since executors are not retained by the runtime.
    package func asUnownedSerialExecutor() -> UnownedSerialExecutor { unsafe isolation.asUnownedSerialExecutor() }

    package var isCurrent: Bool { inbox.isCurrent }

    private func checkIsolated() { isolation.checkIsolated() }

    // MARK: On the loop

    /// Calls `reader` whenever the socket may be read, until `ignore`. On the loop only.
    package func watch(_ socket: Socket, _ reader: @escaping Reader) {
        checkIsolated()
        sockets.add(socket, reader)
    }

    package func ignore(_ socket: Socket) {
        checkIsolated()
        sockets.remove(socket)
    }

    /// Gives `guest` its turns from now on, until `dismiss`. On the loop only.
    package func host(_ guest: any LoopGuest) {
        checkIsolated()
        guests.add(guest)
        sockets.watch(guests.descriptors)
    }

    package func dismiss(_ guest: any LoopGuest) {
        checkIsolated()
        guests.remove(guest)
        sockets.watch(guests.descriptors)
    }

    /// Calls `body` once, after `delay`, unless cancelled. On the loop only.
    package func schedule(after delay: Duration, _ body: @escaping () -> Void) -> TimerID {
        checkIsolated()
        return timers.add(at: .now + delay, body)
    }

    /// Calls `body` once, before the loop waits for sockets again: the place to send what has gathered. On the loop only.
    package func atEndOfTurn(_ body: @escaping () -> Void) {
        checkIsolated()
        endings.append(body)
    }

    package func cancel(_ timer: TimerID) {
        checkIsolated()
        timers.remove(timer)
    }

    private static func main(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let argument = unsafe argument else { return nil }
        let loop = unsafe Unmanaged<PollLoop>.fromOpaque(argument).takeRetainedValue()
        loop.inbox.enter()
        unsafe _ = pthread_setname_np(pthread_self(), String(loop.name.prefix(15)))
        loop.run()
        return nil
    }

    private func run() {
        while true {
            inbox.run()
            if inbox.isAskedToEnd && end() { return }
            fireTimers()
            endTurn()
            waitForSockets()
        }
    }

    /// The last act on the thread: sockets whose owner was let go without being shut down are closed where they live. False where jobs
    /// have come meanwhile; after true the thread touches nothing of the loop, since late jobs may run already.
    private func end() -> Bool {
        endTurn()
        // All monitors first: libzmq's thread waits for ever where it has an event to tell and its monitor is closed.
        for socket in sockets.sockets { socket.stopMonitoring() }
        for socket in sockets.sockets { socket.close() }
        // What is called from here may hold the loop.
        (sockets, guests, timers, endings) = (PollSet(busyPoll: 0), Guests(), TimerQueue(), [])
        return inbox.leaveForGood()
    }

    /// What ends a turn may make more to end: an answer that is sent makes room for the next request.
    private func endTurn() {
        var rounds = 0
        while !endings.isEmpty && rounds < 16 {
            let bodies = endings
            endings.removeAll(keepingCapacity: true)
            for body in bodies { body() }
            rounds += 1
        }
    }

    private func fireTimers() {
        let now = ContinuousClock.now
        while let body = timers.popDue(at: now) { body() }
    }

    private func waitForSockets() {
        let isBusy = inbox.hasOwn || !endings.isEmpty
        let timeout = guests.millisecondsToWait(atMost: isBusy ? 0 : timers.millisecondsUntilNext(from: .now))
        let (isWoken, ready, called) = sockets.wait(inbox.wakeDescriptor, timeout: timeout)
        if isWoken { inbox.clearWake() }
        for socket in ready { sockets.reader(of: socket)?() }
        for guest in guests.ready(called) { guest.takeTurn() }
    }
}
