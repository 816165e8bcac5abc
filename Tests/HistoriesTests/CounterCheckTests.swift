// Numbers without gaps: the check agrees with a search through all orders.

import Histories
import Testing

@Suite struct CounterCheckTests {
    private func history(_ dice: inout SeededGenerator) -> [Call<UInt64>] {
        (0...dice.roll(5)).map { index in
            let (invoked, returned) = dice.span()
            let outcome: Outcome<UInt64> = dice.roll(4) == 0 ? .unknown("timeout") : .ok(UInt64(1 + dice.roll(5)))
            return Call("create", of: "\(index)", invoked: invoked, returned: returned, outcome)
        }
    }

    private func isPossible(_ calls: [Call<UInt64>]) -> Bool {
        exists(calls) { order in
            order.enumerated().allSatisfy {
                $1.outcome.answer.map { [number = UInt64($0 + 1)] in $0 == number } ?? true
            }
        }
    }

    @Test(arguments: 1...4) func `it says what a search through all orders says`(seed: UInt64) {
        var dice = SeededGenerator(seed: seed)
        var right = 0
        for _ in 0..<1_500 {
            let calls = history(&dice)
            let (said, possible) = (!CounterCheck.verdict(calls).isWrong, isPossible(calls))
            if said { right += 1 }
            #expect(said == possible, "\(calls.map(\.description).joined(separator: "\n"))")
        }
        #expect(right > 60 && right < 1_440)
    }

    @Test func `a number against time is wrong though each is there once`() {
        let calls = [
            Call<UInt64>("create", of: "a", invoked: 0, returned: 1, .ok(2)),
            Call<UInt64>("create", of: "b", invoked: 2, returned: 3, .ok(1)),
        ]
        guard case .wrong(let findings) = CounterCheck.verdict(calls) else { return #expect(Bool(false)) }
        #expect(findings.count == 1)
    }

    @Test func `a hole that no call of unknown outcome can fill is named`() {
        let late = Call<UInt64>("create", of: "b", invoked: 5, returned: 9, .unknown("timeout"))
        let calls = [Call<UInt64>("create", of: "a", invoked: 0, returned: 1, .ok(2)), late]
        #expect(CounterCheck.verdict(calls) == .wrong(["nobody can have been given 1: a larger number was had before"]))
        let early = Call<UInt64>("create", of: "b", invoked: 1, returned: 9, .unknown("timeout"))
        #expect(CounterCheck.verdict([calls[0], early]) == .right)
    }

    @Test func `a number below the first one, or that of another, is wrong`() {
        let calls = [0, 3, 3].map { Call<UInt64>("create", of: "x", invoked: 0, returned: 9, .ok($0)) }
        guard case .wrong(let findings) = CounterCheck.verdict(calls) else { return #expect(Bool(false)) }
        #expect(findings.count == 2)
    }

    @Test func `a hundred thousand calls take no search`() {
        let calls = (1...100_000).map { Call<UInt64>("create", of: "\($0)", invoked: $0, returned: $0 + 5, .ok($0)) }
        #expect(CounterCheck.verdict(calls.shuffled()) == .right)
    }
}
