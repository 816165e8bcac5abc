// The jobs of a loop: those that other threads put down, behind a mutex, and those that the loop itself makes, which take neither lock nor
// system call. After the loop's thread has ended, late jobs run one after the other on a queue: they find their sockets closed and say
// so, and nobody who awaits them hangs.

internal import CZeroMQ
internal import Dispatch
internal import Synchronization

// @unchecked because `shared` is behind a mutex, and `own` is touched on the loop's thread only, which `isCurrent` asks for.
@safe final class LoopInbox: @unchecked Sendable {
    /// A job and the executor that it was given to. A task that is run for another executor than its own would queue again at its next
    /// step, each time.
    @safe struct Job {
        @safe enum Executor {
            case isolation(UnownedSerialExecutor)
            case tasks(UnownedTaskExecutor)
        }

        let job: UnownedJob
        let executor: Executor

        func run() {
            switch executor {
            case .isolation(let executor): unsafe job.runSynchronously(on: executor)
            case .tasks(let executor): unsafe job.runSynchronously(on: executor)
            }
        }
    }

    private struct Shared {
        var jobs: [Job] = []
        var isWakePending = false
        var isStopping = false
        var hasEnded = false
    }

    /// Becomes readable when there is something to do; for the loop to wait on.
    let wakeDescriptor: Int32
    private let shared = Mutex(Shared())
    /// `pthread_self()` of the loop, written by itself as its first act; 0 before and after, which is nobody.
    private let identity = Atomic<pthread_t>(0)
    private let afterlife = DispatchQueue(label: "poll-loop.afterlife")
    private var own: [Job] = []
    private var spare: [Job] = []

    init() throws(ZeroMQError) {
        wakeDescriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        guard wakeDescriptor >= 0 else { throw ZeroMQError(call: "eventfd", number: zmq_errno()) }
    }

    // Not when the thread ends: a late `add` would write to a descriptor that libzmq has got meanwhile, and make it abort.
    deinit { close(wakeDescriptor) }

    // MARK: Any thread

    var isCurrent: Bool { identity.load(ordering: .relaxed) == pthread_self() }

    func add(_ job: Job) {
        if isCurrent { return own.append(job) }
        let (mustWake, isTooLate) = shared.withLock { shared in
            guard !shared.hasEnded else { return (false, true) }
            shared.jobs.append(job)
            defer { shared.isWakePending = true }
            return (!shared.isWakePending, false)
        }
        if mustWake { wake() }
        if isTooLate { afterlife.async { self.runLate(job) } }
    }

    func requestStop() {
        shared.withLock { $0.isStopping = true }
        wake()
    }

    private func wake() {
        var one: UInt64 = 1
        _ = unsafe write(wakeDescriptor, &one, 8)
    }

    private func runLate(_ job: Job) {
        enter()
        job.run()
        while hasOwn { runOwn() }
        leave()
    }

    // MARK: The loop's thread

    func enter() { identity.store(pthread_self(), ordering: .relaxed) }
    private func leave() { identity.store(0, ordering: .relaxed) }

    /// Asked to end, and nothing is left to run.
    var isAskedToEnd: Bool { own.isEmpty && shared.withLock { $0.isStopping && $0.jobs.isEmpty } }

    /// From now on jobs are late. False where some have come meanwhile.
    func leaveForGood() -> Bool {
        guard own.isEmpty else { return false }
        return shared.withLock { shared in
            guard shared.jobs.isEmpty else { return false }
            leave()
            shared.hasEnded = true
            return true
        }
    }

    var hasOwn: Bool { !own.isEmpty }

    func clearWake() {
        var count: UInt64 = 0
        _ = unsafe read(wakeDescriptor, &count, 8)
    }

    /// Runs what others and the loop itself have put down, once around.
    func run() {
        for job in takeShared() { job.run() }
        // Jobs make jobs; some rounds of them before the sockets get their turn save a poll each.
        var rounds = 0
        while hasOwn && rounds < 16 {
            runOwn()
            rounds += 1
        }
    }

    private func takeShared() -> [Job] {
        shared.withLock { shared in
            shared.isWakePending = false
            defer { shared.jobs = [] }
            return shared.jobs
        }
    }

    /// Two arrays take turns, so that neither grows from nothing again and again.
    private func runOwn() {
        var jobs = spare
        spare = []
        swap(&jobs, &own)
        for job in jobs { job.run() }
        jobs.removeAll(keepingCapacity: true)
        spare = jobs
    }
}
