// Looks at every connection that others have made to us, ten times a second, and ends those that have too much under way. One a process,
// on a thread of its own, which is there from the first connection over `tcp` on.

internal import Logging
internal import Synchronization
internal import ZeroMQ

final class FlowGuard: Sendable {
    static let shared = FlowGuard()
    private static let interval = Duration.milliseconds(100)

    /// The connections of one socket.
    final class Watch: Sendable {
        let logger: Logger
        let endpoint: String
        let flows = Mutex<[Int32: Flow]>([:])
        /// How often the socket was found empty.
        let emptied = Atomic<UInt64>(0)
        let cut = Atomic<Int>(0)
        private let seen = Atomic<UInt64>(0)

        init(_ endpoint: String, _ logger: Logger) {
            self.endpoint = endpoint
            self.logger = logger
        }

        fileprivate func look(now: UInt64) {
            let count = emptied.load(ordering: .relaxed)
            let hasEmptied = seen.exchange(count, ordering: .relaxed) != count
            for (descriptor, flow) in flows.withLock({ $0 }) {
                guard let counters = flow.look() else {
                    flows.withLock { if $0[descriptor] === flow { $0[descriptor] = nil } }
                    continue
                }
                let isExceeded = flow.budget.withLock {
                    $0.isExceeded(received: counters.received, taken: flow.taken, hasEmptied: hasEmptied, now: now)
                }
                if isExceeded { end(flow, "more came than a connection may have under way") }
            }
        }

        func end(_ flow: Flow, _ reason: String) {
            flow.connection.end()
            cut.add(1, ordering: .relaxed)
            logger.warning("ended a connection", metadata: ["bus.endpoint": "\(endpoint)", "reason": "\(reason)"])
        }
    }

    private struct Weak { weak var watch: Watch? }

    private struct State {
        var watches: [Weak] = []
        var isRunning = false
    }

    private let state = Mutex(State())

    func add(_ watch: Watch) {
        let mustStart = state.withLock { state in
            state.watches.removeAll { $0.watch == nil }
            state.watches.append(Weak(watch: watch))
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if mustStart, let loop = try? PollLoop(name: "flows") { Task { await Round(loop).go(self) } }
    }

    fileprivate func look() {
        let watches = state.withLock { $0.watches.compactMap(\.watch) }
        let now = KernelClock.nanoseconds
        for watch in watches { watch.look(now: now) }
    }

    /// Where the rounds are made. It lasts as long as the process.
    private actor Round {
        private let loop: PollLoop
        nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

        init(_ loop: PollLoop) { self.loop = loop }

        func go(_ flows: FlowGuard) {
            _ = loop.schedule(after: FlowGuard.interval) {
                flows.look()
                self.assumeIsolated { $0.go(flows) }
            }
        }
    }
}
