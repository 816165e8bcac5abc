// Reads and writes with revisions: the check agrees with a search through all orders.

import Histories
import Testing

@Suite struct RevisionCheckTests {
    typealias Seen = RevisionCheck.Seen

    private func history(_ dice: inout SeededGenerator) -> [Call<Seen>] {
        (0...dice.roll(5)).map { index in
            let (invoked, returned) = dice.span()
            let isWrite = dice.roll(2) == 0
            let revision = UInt64(dice.roll(3) + (isWrite ? 1 : 0))
            let seen = Seen(revision: revision, content: nil, isWrite: isWrite)
            return Call("x", of: "\(index)", invoked: invoked, returned: returned, .ok(seen))
        }
    }

    /// Writes that nobody recorded may stand between, so revisions only have to rise at each.
    private func isPossible(_ calls: [Call<Seen>]) -> Bool {
        exists(calls) { order in
            var revision: UInt64 = 0
            return order.compactMap(\.outcome.answer).allSatisfy { seen in
                let fits = seen.isWrite ? seen.revision > revision : seen.revision >= revision
                revision = seen.revision
                return fits
            }
        }
    }

    @Test(arguments: 1...4) func `it says what a search through all orders says`(seed: UInt64) {
        var dice = SeededGenerator(seed: seed)
        var right = 0
        for _ in 0..<1_000 {
            let calls = history(&dice).filter { !($0.outcome.answer.map { $0.isWrite && $0.revision == 0 } ?? false) }
            let (said, possible) = (!RevisionCheck.verdict(calls).isWrong, isPossible(calls))
            if said { right += 1 }
            #expect(said == possible, "\(calls.map(\.description).joined(separator: "\n"))")
        }
        #expect(right > 50 && right < 950)
    }

    @Test func `a mixture is seen by its content`() {
        let read = Call(
            "read",
            of: "play",
            invoked: 0,
            returned: 1,
            .ok(Seen(revision: 3, content: "ab", isWrite: false))
        )
        #expect(RevisionCheck.verdict([read], log: [3: "ab"]) == .right)
        guard case .wrong = RevisionCheck.verdict([read], log: [3: "ba"]) else { return #expect(Bool(false)) }
    }

    @Test func `a state between two that were made is seen by its revision`() {
        let read = Call(
            "read",
            of: "play",
            invoked: 0,
            returned: 1,
            .ok(Seen(revision: 3, content: "ab", isWrite: false))
        )
        guard case .wrong = RevisionCheck.verdict([read], log: [2: "ab", 4: "ab"]) else { return #expect(Bool(false)) }
    }

    @Test func `a write without an answer that the log shows may not stand before what ended before it began`() {
        let read = Call("read", of: "r", invoked: 0, returned: 1, .ok(Seen(revision: 4, content: nil, isWrite: false)))
        let write = Call<Seen>("move", of: "w", invoked: 5, returned: 6, .unknown("timeout"))
        #expect(RevisionCheck.verdict([read, write], found: ["w": 5]) == .right)
        guard case .wrong = RevisionCheck.verdict([read, write], found: ["w": 4]) else { return #expect(Bool(false)) }
    }
}
