// The checks that compare sets: what each lets pass, and what each must name.

import Histories
import Testing

@Suite struct ChecksTests {
    private func call(
        _ subject: String,
        _ outcome: Outcome<Int>,
        _ operation: String = "write",
        invoked: UInt64 = 0,
        returned: UInt64 = 9
    ) -> Call<Int> {
        Call(operation, of: subject, invoked: invoked, returned: returned, outcome)
    }

    private func isWrong(_ verdict: Verdict, _ count: Int = 1) -> Bool {
        guard case .wrong(let findings) = verdict else { return false }
        return findings.count == count
    }

    @Test func `acknowledged is there, refused is not, unknown may be`() {
        let calls = [call("a", .ok(1)), call("b", .refused("conflict")), call("c", .unknown("timeout"))]
        #expect(PresenceCheck.verdict(calls, found: ["a"]) == .right)
        #expect(PresenceCheck.verdict(calls, found: ["a", "c"]) == .right)
        #expect(isWrong(PresenceCheck.verdict(calls, found: ["c"])))
        #expect(isWrong(PresenceCheck.verdict(calls, found: ["a", "b"])))
        #expect(isWrong(PresenceCheck.verdict(calls, found: ["a", "a"])))
        #expect(isWrong(PresenceCheck.verdict(calls, found: ["b", "b"]), 3))
    }

    @Test(arguments: [([1, 2, 3], true), ([3, 1, 2], true), ([1, 1, 2], false), ([1, 3], false), ([0, 1], false)])
    func `numbers at rest are 1 to n`(numbers: [UInt64], isRight: Bool) {
        #expect((PresenceCheck.verdict(numbers: numbers) == .right) == isRight)
    }

    @Test func `a key has one effect and one answer`() {
        let twice = [call("k", .ok(7)), call("k", .ok(7)), call("k", .unknown("timeout"))]
        #expect(RepeatCheck.verdict(twice, effects: ["k": 1]) == .right)
        #expect(isWrong(RepeatCheck.verdict(twice, effects: ["k": 2])))
        #expect(isWrong(RepeatCheck.verdict(twice, effects: [:])))
        #expect(isWrong(RepeatCheck.verdict(twice + [call("k", .ok(8))], effects: ["k": 1])))
        #expect(isWrong(RepeatCheck.verdict([call("k", .refused("conflict"))], effects: ["k": 1])))
        #expect(isWrong(RepeatCheck.verdict([Call<Int>](), effects: ["k": 1])))
    }

    @Test func `a key belongs to the request that was answered under it`() {
        let own = [Call("version", of: "k", invoked: 1, returned: 2, .ok(7))]
        func other(invoked: UInt64, _ outcome: Outcome<Int>) -> [Call<Int>] {
            [Call("other", of: "k", invoked: invoked, returned: invoked + 1, outcome)]
        }
        #expect(RepeatCheck.verdict(others: other(invoked: 3, .refused("reused")), than: own) == .right)
        #expect(RepeatCheck.verdict(others: other(invoked: 3, .unknown("timeout")), than: own) == .right)
        // It may have come first.
        #expect(RepeatCheck.verdict(others: other(invoked: 1, .ok(8)), than: own) == .right)
        #expect(isWrong(RepeatCheck.verdict(others: other(invoked: 3, .ok(8)), than: own)))
        #expect(RepeatCheck.verdict(others: other(invoked: 3, .ok(8)), than: [Call<Int>]()) == .right)
    }

    @Test func `a chain is what was noted of it, whole, and goes on`() {
        let log = [1: "a", 2: "b", 3: "c"]
        #expect(AuditCheck.verdict(isWhole: true, entries: log, noted: [1: "a", 2: "b"]) == .right)
        #expect(isWrong(AuditCheck.verdict(isWhole: false, entries: log, noted: [1: "a"])))
        #expect(isWrong(AuditCheck.verdict(isWhole: true, entries: log, noted: [2: "x"])))
        #expect(isWrong(AuditCheck.verdict(isWhole: true, entries: [1: "a"], noted: [2: "b"])))
        #expect(isWrong(AuditCheck.verdict(isWhole: true, entries: [1: "a", 3: "c"], noted: [1: "a"])))
        #expect(
            AuditCheck.verdict(isWhole: true, entries: log, noted: [:]) == .inconclusive(["no entry was noted before"])
        )
    }

    @Test func `a chain is computed anew: an entry that was changed, left out or put in between breaks it`() {
        typealias Link = AuditCheck.Link
        let chain = [1: Link(hash: "0a", content: ["a"]), 2: Link(hash: "0ab", content: ["b"])]
        func verdict(_ chain: [Int: Link]) -> Verdict {
            AuditCheck.verdict(chain: chain, from: "0") { $0 + $1.joined() }
        }
        #expect(verdict(chain) == .right)
        #expect(verdict([:]) == .inconclusive(["there is no entry"]))
        let changed = chain.merging([1: Link(hash: "0a", content: ["x"])]) { $1 }
        #expect(verdict(changed) == .wrong(["entry 1 has another hash than what it says after the one before"]))
        #expect(isWrong(verdict(chain.filter { $0.key == 2 })))
        #expect(isWrong(verdict(chain.merging([2: Link(hash: "0b", content: ["b"])]) { $1 })))
    }

    @Test func `where there is nothing to judge, nothing was shown`() {
        let (none, one) = ([Call<UInt64>](), [Call<UInt64>("use", of: "k", invoked: 1, returned: 2, .ok(1))])
        for verdict in [
            PresenceCheck.verdict(none, found: []), CounterCheck.verdict(none), RepeatCheck.verdict(none, effects: [:]),
            RepeatCheck.verdict(once: none), RepeatCheck.verdict(others: none, than: one),
            RevocationCheck.verdict(uses: one, revocations: none),
            RevocationCheck.verdict(uses: none, revocations: one),
            DeliveryCheck.verdict(offsets: [], head: 0), AuditCheck.verdict(isWhole: true, entries: [:], noted: [:]),
            IndexCheck.verdict(source: [:], index: [:], atLeast: 1),
            PresenceCheck.verdict([call("a", .refused("conflict"))], found: []), PresenceCheck.verdict(numbers: []),
            RevisionCheck.verdict([]), DeliveryCheck.verdict(rows: [], events: []),
            AuditCheck.verdict(acts: none, entries: []),
            AuditCheck.verdict(acts: [call("a", .refused("conflict"))], entries: []),
            ProgressCheck.verdict(one, operations: [], healed: 0, bound: 9),
        ] {
            guard case .inconclusive(let reasons) = verdict else {
                Issue.record("\(verdict)")
                continue
            }
            #expect(reasons.count == 1)
        }
    }

    @Test func `a secret is taken once`() {
        #expect(RepeatCheck.verdict(once: [call("code", .ok(1)), call("code", .refused("used"))]) == .right)
        #expect(isWrong(RepeatCheck.verdict(once: [call("code", .ok(1)), call("code", .ok(2))])))
    }

    @Test(arguments: [[1, 2], [1, 2, 2, 3], [1, 3, 2], [2, 3], [1, 2, 3, 4], [] as [UInt64]])
    func `events that are lost, doubled, mixed or too many are wrong`(offsets: [UInt64]) {
        #expect(DeliveryCheck.verdict(offsets: [1, 2, 3], head: 3) == .right)
        #expect(isWrong(DeliveryCheck.verdict(offsets: offsets, head: 3)))
    }

    @Test func `the largest numbers there are do not end a check`() {
        #expect(DeliveryCheck.verdict(offsets: [.max], first: .max, head: .max) == .right)
        #expect(isWrong(DeliveryCheck.verdict(offsets: [1], head: .max)))
        #expect(isWrong(DeliveryCheck.verdict(offsets: [.max], head: .max)))
        let calls = [Call<UInt64>("create", of: "a", invoked: 0, returned: 1, .ok(.max))]
        #expect(isWrong(CounterCheck.verdict(calls)))
        #expect(CounterCheck.verdict(calls, first: .max) == .right)
        #expect(isWrong(PresenceCheck.verdict(numbers: [.max])))
    }

    @Test func `without an event nothing was shown`() {
        #expect(DeliveryCheck.verdict(offsets: [], head: 0) == .inconclusive(["there was no event to deliver"]))
        #expect(IndexCheck.verdict(source: [:], index: [:]) == .inconclusive(["the source has 0 documents, not 1"]))
    }

    @Test func `a change and its event stand or fall together`() {
        #expect(DeliveryCheck.verdict(rows: ["a 1", "a 2"], events: ["a 2", "a 1"]) == .right)
        #expect(isWrong(DeliveryCheck.verdict(rows: ["a 1", "a 2"], events: ["a 1"])))
        #expect(isWrong(DeliveryCheck.verdict(rows: ["a 1"], events: ["a 1", "a 2"])))
        #expect(isWrong(DeliveryCheck.verdict(rows: ["a 1"], events: ["a 1", "a 1"])))
    }

    @Test func `an index is its source, document for document`() {
        let source = ["a": "1", "b": "2"]
        #expect(IndexCheck.verdict(source: source, index: source) == .right)
        #expect(isWrong(IndexCheck.verdict(source: source, index: ["a": "1"])))
        #expect(isWrong(IndexCheck.verdict(source: source, index: ["a": "1", "b": "3"])))
        #expect(isWrong(IndexCheck.verdict(source: source, index: ["a": "1", "b": "2", "c": "3"])))
        // One lost and one doubled: as many as before.
        #expect(isWrong(IndexCheck.verdict(source: source, index: ["a": "1", "c": "2"]), 2))
    }

    @Test func `who is revoked is out from the answer on, and in before it was asked for`() {
        let revoke = [call("k", .ok(1), "rotate", invoked: 10, returned: 20)]
        func use(_ outcome: Outcome<Int>, _ invoked: UInt64, _ returned: UInt64) -> Verdict {
            let use = call("k", outcome, "use", invoked: invoked, returned: returned)
            return RevocationCheck.verdict(uses: [use], revocations: revoke)
        }
        #expect(isWrong(use(.ok(1), 21, 22)))
        #expect(use(.ok(1), 20, 22) == .right)
        #expect(use(.refused("unauthenticated"), 11, 12) == .right)
        #expect(isWrong(use(.refused("unauthenticated"), 1, 9)))
        #expect(use(.refused("unavailable"), 1, 9) == .right)
        #expect(use(.unknown("timeout"), 30, 40) == .right)
    }

    @Test func `each act has its entry, and each entry its act`() {
        let acts = [call("ada", .ok(1), "register"), call("bob", .unknown("timeout"), "register")]
        #expect(AuditCheck.verdict(acts: acts, entries: ["register ada"]) == .right)
        #expect(AuditCheck.verdict(acts: acts, entries: ["register ada", "register bob"]) == .right)
        #expect(isWrong(AuditCheck.verdict(acts: acts, entries: ["register bob"])))
        #expect(isWrong(AuditCheck.verdict(acts: acts, entries: ["register ada", "register eve"])))
        #expect(isWrong(AuditCheck.verdict(acts: acts, entries: ["register ada", "register ada"])))
    }

    @Test func `after the last fault each operation is answered again, and nothing is left`() {
        let calls = [
            call("a", .ok(1), "write", invoked: 5, returned: 7), call("b", .ok(1), "search", invoked: 6, returned: 30),
        ]
        func verdict(_ bound: UInt64, _ left: [String: UInt64] = [:]) -> Verdict {
            ProgressCheck.verdict(calls, operations: ["write", "search"], healed: 5, bound: bound, left: left)
        }
        #expect(verdict(25) == .right)
        #expect(verdict(.max) == .right)
        #expect(isWrong(verdict(24)))
        #expect(isWrong(verdict(25, ["lag": 1])))
    }
}
