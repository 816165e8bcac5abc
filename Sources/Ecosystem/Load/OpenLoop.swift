// Sends requests when they are due, whatever the answers do, and counts how long each took from then.
//
// Each client takes the next time from the schedule and waits for it; where all are busy, times pass unheeded, and whoever is free
// next begins with the oldest. So nothing is left out, and a full system shows as latency. Measured with its own clients in this process:
// `LoadReport` says how late they were themselves.

import Foundation
import HTTPClient
import Synchronization

package struct OpenLoop: Sendable {
    private let rate: Double
    private let length: Duration
    private let clients: Int
    private let progress: @Sendable (String) -> Void

    package init(rate: Double, for length: Duration, clients: Int, progress: @escaping @Sendable (String) -> Void) {
        self.rate = rate
        self.length = length
        self.clients = clients
        self.progress = progress
    }

    package func send(_ requests: LoadRequests, _ edge: EdgeClient) async -> LoadReport {
        let arrivals = Arrivals(rate: rate, for: length, using: SystemRandomNumberGenerator())
        let schedule = Schedule(arrivals: arrivals, requests: requests)
        let began = ContinuousClock.now
        await withTaskGroup { group in
            for _ in 0..<clients { group.addTask { await client(schedule, edge, began) } }
        }
        return LoadReport(schedule.tally, rate: rate, length: length, clients: clients)
    }

    private func client(_ schedule: Schedule, _ edge: EdgeClient, _ began: ContinuousClock.Instant) async {
        while let (due, request) = schedule.next() {
            let wasAwaited = began.duration(to: .now) < due
            if wasAwaited { try? await Task.sleep(until: began + due, tolerance: .zero, clock: .continuous) }
            let sent = began.duration(to: .now)
            let status = (try? await edge.send(.post, "/service_a/sequence", request).status) ?? 0
            let done = began.duration(to: .now)
            let outcome = LoadTally.Outcome(due: due, sent: sent, done: done, status: status, wasAwaited: wasAwaited)
            if let line = schedule.record(outcome) { progress(line) }
        }
    }
}

/// What the clients share.
private final class Schedule: Sendable {
    private struct State {
        var arrivals: Arrivals<SystemRandomNumberGenerator>
        var taken = 0
        var tally = LoadTally()
    }

    private let state: Mutex<State>
    private let requests: LoadRequests

    init(arrivals: Arrivals<SystemRandomNumberGenerator>, requests: LoadRequests) {
        state = Mutex(State(arrivals: arrivals))
        self.requests = requests
    }

    var tally: LoadTally { state.withLock { $0.tally } }

    func next() -> (due: Duration, request: [UInt8])? {
        state.withLock { state in
            guard let request = requests[state.taken], let due = state.arrivals.next() else { return nil }
            state.taken += 1
            return (due, request)
        }
    }

    /// A line where a new second has begun.
    func record(_ outcome: LoadTally.Outcome) -> String? {
        state.withLock { state in
            let before = state.tally.seconds.count
            state.tally.record(outcome)
            guard state.tally.seconds.count > before else { return nil }
            return "\(before) s: \(state.tally.created) created, \(state.tally.failed) failed"
        }
    }
}
