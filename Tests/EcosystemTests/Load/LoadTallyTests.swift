// What is counted of an open loop: a wait begins when a request was due, and a generator that is late says so.

import Bus
import Ecosystem
import Foundation
import Testing

@Suite struct LoadTallyTests {
    @Test func `a server that stands still is seen from when requests were due, not from when they were sent`() {
        var tally = LoadTally()
        // One client, one request each 10 ms; the server takes 1 ms, but for the first, which takes a second.
        tally.record(outcome(due: 0, sent: 0, done: 1_000))
        for number in 1..<100 {
            let due = number * 10
            tally.record(outcome(due: due, sent: 1_000 + number, done: 1_001 + number, wasAwaited: false))
        }
        #expect(tally.fromSent.quantile(0.5) < 1_100)
        #expect(tally.fromDue.quantile(0.5) > 500_000)
        // It waited for the server, and was not late itself.
        #expect(tally.late.count == 1 && tally.late.max == 0)
    }

    @Test func `a generator that wakes up late says so`() {
        var tally = LoadTally()
        for number in 0..<10 { tally.record(outcome(due: number, sent: number + 5, done: number + 6)) }
        #expect(tally.late.quantile(0.99) >= 5_000)
        let report = LoadReport(tally, rate: 100, length: .seconds(1), clients: 1)
        #expect(report.isInconclusive)
        #expect(report.lines.last?.hasPrefix("inconclusive") == true)
    }

    @Test func `what is not created is counted by status and in its second`() {
        var tally = LoadTally()
        tally.record(outcome(due: 100, sent: 100, done: 102))
        tally.record(outcome(due: 2_100, sent: 2_100, done: 2_102, status: 503))
        tally.record(outcome(due: 2_200, sent: 2_200, done: 2_202, status: 0))
        #expect(tally.created == 1 && tally.failed == 2 && tally.others == [503: 1, 0: 1])
        #expect(tally.seconds.map(\.created) == [1, 0, 0])
        #expect(tally.seconds.map(\.failed) == [0, 0, 2])
        let lines = LoadReport(tally, rate: 1, length: .seconds(3), clients: 2).lines
        #expect(lines.contains("1 answered 503") && lines.contains("1 answered nothing"), "\(lines)")
    }

    @Test func `a report has every number for other programs`() throws {
        var tally = LoadTally()
        for number in 1...4 { tally.record(outcome(due: 0, sent: 0, done: number)) }
        let report = LoadReport(tally, rate: 4, length: .seconds(1), clients: 8)
        let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(report)) as? [String: Any]
        #expect(object?["created"] as? Int == 4 && object?["clients"] as? Int == 8)
        let buckets = try #require(object?["fromDue"] as? [[UInt64]])
        #expect(buckets.map { $0[1] }.reduce(0, +) == 4)
        #expect(buckets.map { $0[0] } == buckets.map { $0[0] }.sorted())
        #expect(report.isInconclusive == false && report.lines.count == 4)
    }

    @Test func `nothing asked is a report too`() {
        #expect(LoadReport(LoadTally(), rate: 1, length: .seconds(1), clients: 1).created == 0)
    }

    private func outcome(
        due: Int,
        sent: Int,
        done: Int,
        status: Int = 201,
        wasAwaited: Bool = true
    ) -> LoadTally.Outcome {
        LoadTally.Outcome(
            due: .milliseconds(due),
            sent: .milliseconds(sent),
            done: .milliseconds(done),
            status: status,
            wasAwaited: wasAwaited
        )
    }
}
