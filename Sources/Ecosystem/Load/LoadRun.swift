// Sends a file of requests through the edge with a number of clients at once, and says how that went. A closed loop: each client asks again
// when it has been answered, so it shows what can be done, not what a user waits (`OpenLoop` does).

import Foundation
import HTTPClient

package struct LoadRun: Sendable {
    package struct Report: Sendable {
        package let created: Int
        /// Answers by status, 201 excluded; 0 counts those that got no answer.
        package let others: [Int: Int]
        package let seconds: Double
        package let milliseconds: [Double]

        package var failed: Int { others.values.reduce(0, +) }

        package var lines: [String] {
            let sorted = milliseconds.sorted()
            let quantiles = [0.5, 0.99, 1].map { q in
                sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, Int(Double(sorted.count) * q))]
            }
            let times = quantiles.map { String(format: "%.1f", $0) }
            return [
                "\(created) created in \(String(format: "%.2f", seconds)) s: \(Int(Double(created) / max(seconds, 0.001))) a second, "
                    + "p50 \(times[0]) ms, p99 \(times[1]) ms, max \(times[2]) ms"
            ]
                + others.sorted { $0.key < $1.key }.map {
                    "\($0.value) answered \($0.key == 0 ? "nothing" : "\($0.key)")"
                }
        }
    }

    let clients: Int
    let progress: @Sendable (String) -> Void

    package init(clients: Int, progress: @escaping @Sendable (String) -> Void) {
        self.clients = clients
        self.progress = progress
    }

    /// Sends the requests, `clients` of them at once.
    package func send(_ requests: [[UInt8]], _ edge: EdgeClient) async -> Report {
        let began = ContinuousClock.now
        var outcomes: [(status: Int, milliseconds: Double)] = []
        await withTaskGroup(of: (Int, Double).self) { group in
            var waiting = requests.makeIterator()
            for _ in 0..<clients { if let next = waiting.next() { group.addTask { await one(next, edge) } } }
            for await outcome in group {
                outcomes.append(outcome)
                if let next = waiting.next() { group.addTask { await one(next, edge) } }
                if outcomes.count % 50 == 0 || outcomes.count == requests.count {
                    progress(bar(outcomes.count, requests.count))
                }
            }
        }
        return report(outcomes, began.duration(to: .now) / .seconds(1))
    }

    private func one(_ request: [UInt8], _ edge: EdgeClient) async -> (Int, Double) {
        let began = ContinuousClock.now
        let status = (try? await edge.send(.post, "/service_a/sequence", request).status) ?? 0
        return (status, began.duration(to: .now) / .milliseconds(1))
    }

    private func report(_ outcomes: [(status: Int, milliseconds: Double)], _ seconds: Double) -> Report {
        let others = outcomes.filter { $0.status != 201 }.reduce(into: [:]) { $0[$1.status, default: 0] += 1 }
        return Report(
            created: outcomes.count { $0.status == 201 },
            others: others,
            seconds: seconds,
            milliseconds: outcomes.map(\.milliseconds)
        )
    }

    private func bar(_ done: Int, _ all: Int) -> String {
        let filled = all == 0 ? 30 : 30 * done / all
        return "[\(String(repeating: "#", count: filled))\(String(repeating: ".", count: 30 - filled))] \(done)/\(all)"
    }
}
