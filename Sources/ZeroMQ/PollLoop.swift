// One thread that owns sockets and runs the Swift code that touches them.
//
//   other threads ── enqueue(job) ──> inbox ──┐ (eventfd, written only when the loop may sleep)
//                                             v
//   loop:  run jobs ─> fire timers ─> end the turn ─> zmq_poll([eventfd] + sockets) ─> call the readers that are ready ─> again
//
// It is a serial executor, for the actors that own sockets, and a task executor, for handlers that shall begin beside them: between
// the two there is no hop. A job sent from the loop itself takes neither lock nor system call. It refuses to be blocked: nothing that
// runs here waits, hashes passwords or talks to a disk. After the thread has ended, late jobs run one after the other on a queue: they
// find their sockets closed and say so, and nobody who awaits them hangs.

internal import CZeroMQ
internal import Dispatch
internal import Synchronization

// @unchecked because `inbox` is behind a mutex, and everything else is touched on the loop thread only, which `checkIsolated` asserts.
@safe package final class PollLoop: SerialExecutor, TaskExecutor, @unchecked Sendable {
    package typealias Reader = () -> Void

    private struct Inbox {
        var jobs: [UnownedJob] = []
        var isWakePending = false
        var isStopping = false
        var hasEnded = false
    }

    private struct Watched {
        let socket: Socket
        let reader: Reader
    }

    private let name: String
    private let wakeDescriptor: Int32
    private let inbox = Mutex(Inbox())
    /// The thread to wait for; taken by the one who does.
    private let joinable = Mutex<pthread_t?>(nil)
    /// `pthread_self()` of the loop, written by itself as its first act; 0 before, which is nobody.
    private let identity = Atomic<pthread_t>(0)
    private let afterlife = DispatchQueue(label: "poll-loop.afterlife")
    private var ownJobs: [UnownedJob] = []
    private var spareJobs: [UnownedJob] = []
    private var watched: [ObjectIdentifier: Watched] = [:]
    private var pollItems = unsafe [zmq_pollitem_t]()
    private var pollOrder: [ObjectIdentifier] = []
    private var itemsAreStale = true
    private var timers = TimerQueue()
    private var endings: [() -> Void] = []

    /// Starts the thread; it runs when this returns.
    package init(name: String) throws(ZeroMQError) {
        self.name = name
        wakeDescriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        guard wakeDescriptor >= 0 else { throw ZeroMQError(call: "eventfd", number: zmq_errno()) }
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

    // Not when the thread ends: a late `enqueue` would write to a descriptor that libzmq has got meanwhile, and make it abort.
    deinit { close(wakeDescriptor) }

    /// Asks the thread to end after the jobs that it has; safe from any thread, returns at once.
    package func stop() {
        requestStop()
        // Nobody will wait for the thread, so its remains go with it.
        if let thread = joinable.withLock({ $0.take() }) { pthread_detach(thread) }
    }

    private func requestStop() {
        inbox.withLock { $0.isStopping = true }
        wake()
    }

    /// Asks the loop to end and waits until its thread is gone. Never from the loop itself.
    package func stopAndWait() {
        precondition(!isCurrent, "a loop cannot wait for itself")
        requestStop()
        if let thread = joinable.withLock({ $0.take() }) { _ = pthread_join(thread, nil) }
    }

    // MARK: Executor

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isCurrent { return ownJobs.append(job) }
        let (mustWake, isTooLate) = inbox.withLock { inbox in
            guard !inbox.hasEnded else { return (false, true) }
            inbox.jobs.append(job)
            defer { inbox.isWakePending = true }
            return (!inbox.isWakePending, false)
        }
        if mustWake { wake() }
        if isTooLate { afterlife.async { self.runLate(job) } }
    }

    private func runLate(_ job: UnownedJob) {
        identity.store(pthread_self(), ordering: .relaxed)
        run([job])
        while !ownJobs.isEmpty { runOwnJobs() }
        identity.store(0, ordering: .relaxed)
    }

    package func asUnownedSerialExecutor() -> UnownedSerialExecutor { unsafe UnownedSerialExecutor(ordinary: self) }
    package func asUnownedTaskExecutor() -> UnownedTaskExecutor { unsafe UnownedTaskExecutor(ordinary: self) }
    package func isIsolatingCurrentContext() -> Bool? { isCurrent }
    package func checkIsolated() { precondition(isCurrent, "not on the poll loop \(name)") }

    package var isCurrent: Bool { identity.load(ordering: .relaxed) == pthread_self() }

    private func wake() {
        var one: UInt64 = 1
        _ = unsafe write(wakeDescriptor, &one, 8)
    }

    // MARK: On the loop

    /// Calls `reader` whenever the socket may be read, until `ignore`. On the loop only.
    package func watch(_ socket: Socket, _ reader: @escaping Reader) {
        checkIsolated()
        watched[ObjectIdentifier(socket)] = Watched(socket: socket, reader: reader)
        itemsAreStale = true
    }

    package func ignore(_ socket: Socket) {
        checkIsolated()
        watched[ObjectIdentifier(socket)] = nil
        itemsAreStale = true
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
        loop.identity.store(pthread_self(), ordering: .relaxed)
        unsafe _ = pthread_setname_np(pthread_self(), String(loop.name.prefix(15)))
        loop.run()
        return nil
    }

    private func run() {
        while true {
            runJobs()
            if isAskedToEnd && end() { return }
            fireTimers()
            endTurn()
            poll()
        }
    }

    /// Asked to end, and nothing is left to run.
    private var isAskedToEnd: Bool { ownJobs.isEmpty && inbox.withLock { $0.isStopping && $0.jobs.isEmpty } }

    /// The last act on the thread: sockets whose owner was let go without being shut down are closed where they live. False where jobs
    /// have come meanwhile; after true the thread touches nothing of the loop, since late jobs may run already.
    private func end() -> Bool {
        endTurn()
        // All monitors first: libzmq's thread waits for ever where it has an event to tell and its monitor is closed.
        for each in watched.values { each.socket.stopMonitoring() }
        for each in watched.values { each.socket.close() }
        watched = [:]
        itemsAreStale = true
        guard ownJobs.isEmpty else { return false }
        return inbox.withLock { inbox in
            guard inbox.jobs.isEmpty else { return false }
            identity.store(0, ordering: .relaxed)
            inbox.hasEnded = true
            return true
        }
    }

    /// Runs what the inbox and the loop itself have put down, once around.
    private func runJobs() {
        let jobs = inbox.withLock { inbox in
            inbox.isWakePending = false
            defer { inbox.jobs = [] }
            return inbox.jobs
        }
        run(jobs)
        // Jobs make jobs; some rounds of them before the sockets get their turn save a poll each.
        var rounds = 0
        while !ownJobs.isEmpty && rounds < 16 {
            runOwnJobs()
            rounds += 1
        }
    }

    /// Two arrays take turns, so that neither grows from nothing again and again.
    private func runOwnJobs() {
        var jobs = spareJobs
        spareJobs = []
        swap(&jobs, &ownJobs)
        run(jobs)
        jobs.removeAll(keepingCapacity: true)
        spareJobs = jobs
    }

    private func run(_ jobs: [UnownedJob]) {
        let serial = unsafe asUnownedSerialExecutor()
        let task = unsafe asUnownedTaskExecutor()
        for job in jobs { unsafe job.runSynchronously(isolatedTo: serial, taskExecutor: task) }
    }

    private func endTurn() {
        guard !endings.isEmpty else { return }
        let bodies = endings
        endings.removeAll(keepingCapacity: true)
        for body in bodies { body() }
    }

    private func fireTimers() {
        let now = ContinuousClock.now
        while let body = timers.popDue(at: now) { body() }
    }

    private func poll() {
        if itemsAreStale { rebuildItems() }
        let timeout = ownJobs.isEmpty ? timers.millisecondsUntilNext(from: .now) : 0
        guard unsafe zmq_poll(&pollItems, Int32(pollOrder.count + 1), timeout) > 0 else { return }
        if isReady(0) { clearWake() }
        for (index, key) in pollOrder.enumerated() where isReady(index + 1) {
            // Looked up again: an earlier reader of this round may have removed a later one.
            watched[key]?.reader()
        }
    }

    private func isReady(_ index: Int) -> Bool { unsafe pollItems[index].revents != 0 }

    private func rebuildItems() {
        itemsAreStale = false
        pollOrder = Array(watched.keys)
        unsafe pollItems = [zmq_pollitem_t(socket: nil, fd: wakeDescriptor, events: Int16(ZMQ_POLLIN), revents: 0)]
        for key in pollOrder {
            let socket = unsafe watched[key]?.socket.handle
            unsafe pollItems.append(zmq_pollitem_t(socket: socket, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0))
        }
    }

    private func clearWake() {
        var count: UInt64 = 0
        _ = unsafe read(wakeDescriptor, &count, 8)
    }
}
