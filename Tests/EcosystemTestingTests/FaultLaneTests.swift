// The faults of a wire without a wire: by a seed, as often as was asked for, and the fate of each message its own.

import Testing

@testable import EcosystemTesting

@Suite struct FaultLaneTests {
    /// What comes out of a lane for 1, 2, 3 …, in the order of delivery.
    static func through(_ faults: Faults, seed: UInt64, count: Int = 10_000) -> (out: [Int], counts: FaultCounts) {
        var lane = FaultLane<Int>(faults, seed: seed)
        let out = (1...count).flatMap { lane.pass($0) } + lane.flush()
        return (out.map(\.message), lane.counts)
    }

    @Test func `without faults everything passes as it comes`() {
        let (out, counts) = Self.through(.none, seed: 1)
        #expect(out == Array(1...10_000))
        #expect(counts.dropped + counts.duplicated + counts.reordered + counts.delayed == 0)
    }

    @Test(arguments: UInt64(1)...5) func `the same seed gives the same faults, another seed others`(seed: UInt64) {
        let faults = Faults(drop: 0.1, duplicate: 0.1, reorder: 0.1)
        #expect(Self.through(faults, seed: seed).out == Self.through(faults, seed: seed).out)
        #expect(Self.through(faults, seed: seed).out != Self.through(faults, seed: seed + 1).out)
    }

    @Test func `a tenth is a tenth`() {
        let counts = Self.through(Faults(drop: 0.1, duplicate: 0.1, reorder: 0.1), seed: 7).counts
        for count in [counts.dropped, counts.duplicated] { #expect((800...1_100).contains(count)) }
        // Of those that were not dropped.
        #expect((700...1_000).contains(counts.reordered))
    }

    @Test func `what is reordered comes later, and comes`() {
        let (out, _) = Self.through(Faults(reorder: 0.2), seed: 3)
        #expect(out != out.sorted())
        #expect(out.sorted() == Array(1...10_000))
        #expect(zip(out, 1...10_000).allSatisfy { abs($0 - $1) <= 30 })
    }

    @Test func `the fate of a message does not depend on the other faults`() {
        let dropped = Set(1...1_000).subtracting(Self.through(Faults(drop: 0.1), seed: 9, count: 1_000).out)
        let mixed = Self.through(Faults(drop: 0.1, duplicate: 0.5, reorder: 0.5), seed: 9, count: 1_000).out
        #expect(Set(1...1_000).subtracting(mixed) == dropped)
    }

    @Test func `the fate of a message does not depend on how often the link was kept up`() {
        let faults = Faults(drop: 0.2, duplicate: 0.2)
        var lane = FaultLane<Int>(faults, seed: 4)
        let out = (1...1_000).flatMap { number in
            (0..<(number % 3)).flatMap { _ in lane.pass(0, isUpkeep: true) } + lane.pass(number)
        }
        #expect(out.map(\.message).filter { $0 > 0 } == Self.through(faults, seed: 4, count: 1_000).out)
        #expect((750...1_250).contains(out.count { $0.message == 0 }))
    }

    @Test func `what is no probability traps`() async {
        await #expect(processExitsWith: .failure) { _ = Faults(drop: 30) }
        await #expect(processExitsWith: .failure) { _ = Faults(reorder: -1) }
        await #expect(processExitsWith: .failure) {
            var faults = Faults.none
            faults.duplicate = 1.5
        }
    }

    @Test func `a delay lies in its range`() {
        let range = Duration.milliseconds(2)...(.milliseconds(8))
        var lane = FaultLane<Int>(Faults(delay: range), seed: 1)
        let delays = (1...100).flatMap { lane.pass($0) }.map(\.delay)
        #expect(delays.allSatisfy(range.contains))
        #expect(Set(delays).count > 90)
    }
}
