// How an open loop went: lines for people, and every number as JSON for `make load`. Times are microseconds, within a sixteenth.

import Bus
import Foundation

package struct LoadReport: Sendable, Encodable {
    /// [upper bound in µs, answers], in ascending order.
    package typealias Buckets = [[UInt64]]

    package struct Second: Sendable, Encodable {
        package let created, failed: Int
        package let p50, p99: UInt64
    }

    package let rate: Double
    package let seconds: Double
    package let clients: Int
    package let created: Int
    package let others: [String: Int]
    package let fromDue, fromSent: Buckets
    package let late99: UInt64
    package let bySecond: [Second]
    package let lines: [String]
    /// The generator was late itself, by more than a tenth of what it measured: latencies are too high, and by how much is not known.
    package let isInconclusive: Bool

    package var failed: Int { others.values.reduce(0, +) }

    private enum CodingKeys: CodingKey {
        case rate, seconds, clients, created, others, fromDue, fromSent, late99, bySecond, isInconclusive
    }

    package init(_ tally: LoadTally, rate: Double, length: Duration, clients: Int) {
        self.rate = rate
        seconds = length / .seconds(1)
        self.clients = clients
        created = tally.created
        others = Dictionary(uniqueKeysWithValues: tally.others.map { ("\($0.key)", $0.value) })
        fromDue = tally.fromDue.buckets
        fromSent = tally.fromSent.buckets
        late99 = tally.late.quantile(0.99)
        bySecond = tally.seconds.map { second in
            let (p50, p99) = (second.fromDue.quantile(0.5), second.fromDue.quantile(0.99))
            return Second(created: second.created, failed: second.failed, p50: p50, p99: p99)
        }
        let isLate = late99 > max(2_000, tally.fromDue.quantile(0.99) / 10)
        isInconclusive = isLate
        lines = Self.lines(tally, rate: rate, seconds: length / .seconds(1), clients: clients, isLate: isLate)
    }

    private static func lines(_ tally: LoadTally, rate: Double, seconds: Double, clients: Int, isLate: Bool) -> [String]
    {
        let asked = tally.created + tally.failed
        var lines = [
            "\(asked) asked, \(String(format: "%.1f", rate)) a second for \(String(format: "%.0f", seconds)) s, "
                + "at most \(clients) at once: \(tally.created) created",
            "from when due    \(quantiles(tally.fromDue))",
            "from when sent   \(quantiles(tally.fromSent))",
            "generator late   p99 \(milliseconds(tally.late.quantile(0.99)))",
        ]
        lines += tally.others.sorted { $0.key < $1.key }.map { status, count in
            "\(count) answered \(status == 0 ? "nothing" : "\(status)")"
        }
        if isLate {
            lines.append("inconclusive: the generator itself was too late; ask for less, or give it a processor")
        }
        return lines
    }

    private static func quantiles(_ histogram: Histogram) -> String {
        let named = [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999)]
        let words = named.map { "\($0.0) \(milliseconds(histogram.quantile($0.1)))" }
        return (words + ["max \(milliseconds(histogram.max))"]).joined(separator: "  ")
    }

    private static func milliseconds(_ time: UInt64) -> String { String(format: "%.1f ms", Double(time) / 1000) }
}
