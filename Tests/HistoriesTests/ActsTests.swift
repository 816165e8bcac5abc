// Plans of what goes wrong.

import Histories
import Testing

@Suite struct ActsTests {
    private func plan(_ count: Int, seed: UInt64, kinds: [String] = ["kill", "pause", "cut"]) -> [[String]] {
        Acts.drawn(count, of: kinds, seed: seed) { kind, other, dice in
            let victims = ["kms", "2fa", "service_a"].filter { other?.hasSuffix($0) != true }
            return "\(kind) \(victims[Int.random(in: victims.indices, using: &dice)])"
        }
    }

    @Test func `a seed makes one plan, and another seed another`() {
        #expect(plan(40, seed: 7) == plan(40, seed: 7))
        #expect(plan(40, seed: 7) != plan(40, seed: 8))
    }

    @Test func `every kind has its turn before one comes again, and a quarter is quiet`() {
        for seed: UInt64 in 1...50 {
            let acts = plan(40, seed: seed)
            let kinds = acts.joined().map { $0.prefix(3) }
            #expect(Set(kinds.prefix(3)).count == 3 && Set(kinds.dropFirst(3).prefix(3)).count == 3)
            #expect(acts.count(where: \.isEmpty) == 10)
            #expect(acts.prefix(13).allSatisfy { $0.count < 2 })
        }
        #expect(plan(40, seed: 7).contains { $0.count == 2 })
    }

    @Test func `what happens at once is known to who draws the second`() {
        let pairs = (1...50).flatMap { plan(40, seed: $0) }.filter { $0.count == 2 }
        #expect(pairs.allSatisfy { Set($0.map { $0.split(separator: " ")[1] }).count == 2 })
    }

    @Test func `where nothing may happen, or for no time, nothing does`() {
        #expect(plan(5, seed: 1, kinds: []) == [[], [], [], [], []])
        #expect(plan(0, seed: 1).isEmpty && plan(-1, seed: 1).isEmpty)
    }
}
