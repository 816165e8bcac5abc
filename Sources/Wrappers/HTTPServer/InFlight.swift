// Which requests are in the server and how long they may stay: counts, deadlines, and waiting for the last one.
//
//     live      from request line to the last byte of the answer; the drain waits for 0
//     handling  in a handler's hands, connection suspended; bounded, each with a deadline
//
// All requests have the same patience, so one pending wake-up at the earliest deadline serves them all. It holds no
// thread and no task per request, and it never calls out while it holds its lock.

import Dispatch
import Synchronization

final class InFlight: Sendable {
    /// `serving` takes requests, `draining` only those that had begun before, `closed` none.
    private enum Stage { case serving, draining, closed }

    private struct State {
        var stage = Stage.serving
        /// When `draining` began, by the doorkeeper's clock.
        var drainingSince: UInt64?
        var nextID: UInt64 = 0
        var live = 0
        /// Places taken, by those in `handling` and those about to be.
        var taken = 0
        var handling: [UInt64: (exchange: Exchange, deadline: DispatchTime)] = [:]
        var isWakeUpPending = false
        var idleWaiter: (id: UInt64, continuation: CheckedContinuation<Void, Never>)?
    }

    private let state = Mutex(State())
    private let queue: DispatchQueue
    private let limit: Int
    private let patience: DispatchTimeInterval
    private let expire: @Sendable (Exchange) -> Void

    /// `expire` is called on `queue` for a request whose time is up.
    init(limit: Int, patience: Duration, queue: DispatchQueue, expire: @escaping @Sendable (Exchange) -> Void) {
        self.limit = limit
        self.patience = patience.dispatchInterval
        self.queue = queue
        self.expire = expire
    }

    var isDraining: Bool { state.withLock { $0.stage != .serving } }
    var drainingSince: UInt64? { state.withLock { $0.drainingSince } }

    // MARK: - Requests come and go

    /// A request line has arrived. Gives the new request's id, and whether it came after the shutdown began.
    func begin() -> (id: UInt64, isLate: Bool) {
        state.withLock { state in
            state.live += 1
            state.nextID += 1
            return (state.nextID, state.stage != .serving)
        }
    }

    /// The exchange is over, answered or broken off.
    func end() {
        let waiter = state.withLock { state in
            state.live -= 1
            return state.live == 0 ? state.idleWaiter.take()?.continuation : nil
        }
        waiter?.resume()
    }

    /// Takes a place among those handled; false where there is none.
    func takePlace() -> Bool {
        state.withLock { state in
            guard state.taken < limit else { return false }
            state.taken += 1
            return true
        }
    }

    /// Starts the clock of a request that has its place and whose connection is suspended; false once closed.
    func start(_ exchange: Exchange) -> Bool {
        let deadline = DispatchTime.now() + patience
        let (isStarted, mustWake) = state.withLock { state in
            guard state.stage != .closed else { return (false, false) }
            state.handling[exchange.id] = (exchange, deadline)
            defer { state.isWakeUpPending = true }
            return (true, !state.isWakeUpPending)
        }
        if mustWake { wake(at: deadline) }
        return isStarted
    }

    /// Gives the place back.
    func leavePlace(_ exchange: Exchange) {
        state.withLock { state in
            state.taken -= 1
            state.handling[exchange.id] = nil
        }
    }

    // MARK: - Deadlines

    private func wake(at deadline: DispatchTime) {
        queue.asyncAfter(deadline: deadline) { [weak self] in self?.expireOverdue() }
    }

    private func expireOverdue() {
        let now = DispatchTime.now()
        let (overdue, next) = state.withLock { state -> ([Exchange], DispatchTime?) in
            let overdue = state.handling.values.filter { $0.deadline <= now }.map(\.exchange)
            let next = state.handling.values.lazy.map(\.deadline).filter { $0 > now }.min()
            state.isWakeUpPending = next != nil
            return (overdue, next)
        }
        if let next { wake(at: next) }
        overdue.forEach(expire)
    }

    // MARK: - Shutdown

    /// From now on new requests are late.
    func drain(at now: UInt64) {
        state.withLock { state in
            guard state.stage == .serving else { return }
            (state.stage, state.drainingSince) = (.draining, now)
        }
    }

    /// From now on nothing is handled; gives those that still are.
    func close() -> [Exchange] {
        state.withLock { state in
            state.stage = .closed
            return state.handling.values.map(\.exchange)
        }
    }

    /// Returns when no request is live, or after `patience`. One waiter at a time.
    func waitUntilIdle(atMost patience: Duration) async {
        await withCheckedContinuation { continuation in
            let id = state.withLock { state -> UInt64? in
                guard state.live > 0 else { return nil }
                state.nextID += 1
                state.idleWaiter = (state.nextID, continuation)
                return state.nextID
            }
            guard let id else { return continuation.resume() }
            queue.asyncAfter(deadline: .now() + patience.dispatchInterval) { self.giveUpWaiting(id) }
        }
    }

    private func giveUpWaiting(_ id: UInt64) {
        let waiter = state.withLock { state in
            state.idleWaiter?.id == id ? state.idleWaiter.take()?.continuation : nil
        }
        waiter?.resume()
    }
}

extension Duration {
    /// Nanoseconds, at least 0; what does not fit is about 292 years.
    fileprivate var dispatchInterval: DispatchTimeInterval {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return .nanoseconds(overflow ? Int.max : max(0, Int(whole) + Int(attoseconds / 1_000_000_000)))
    }
}
