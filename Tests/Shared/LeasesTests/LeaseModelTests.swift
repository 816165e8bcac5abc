// Keeper and holders in `LeaseWorld`: the invariant, and that the world would notice if it did not hold.

import Leases
import Simulation
import Testing

@Suite struct LeaseModelTests {
    private static let steps = 1_500

    @Test(arguments: 0..<24)
    func `once a revocation was answered no holder lets the old one in`(seed: Int) {
        var world = LeaseWorld(seed: UInt64(seed) &* 7_919 &+ 1)
        world.run(steps: Self.steps)
        #expect(world.violations.isEmpty, "\(world.violations)")
        #expect(world.hits > 100 && world.answers > 10, "it was asked: \(world.hits) hits, \(world.answers) answers")
        world.heal()
        #expect(world.violations.isEmpty, "\(world.violations)")
        #expect(world.openRevocations == 0, "each ends")
    }

    @Test(arguments: 0..<8)
    func `none waits longer than a lease, whatever holders do`(seed: Int) {
        var world = LeaseWorld(seed: UInt64(seed) &* 104_729 &+ 3)
        world.run(steps: Self.steps)
        // A step of the world takes 30 ms at most, and a revocation is looked at in every second one or so.
        #expect(world.longestWait < 1_000 + 600, "\(world.longestWait)")
    }

    @Test(arguments: LeaseWorld.Mistake.allCases)
    func `the world finds each mistake`(mistake: LeaseWorld.Mistake) {
        let isFound = (0..<200).contains { seed in
            var world = LeaseWorld(seed: UInt64(seed) &* 15_485_863 &+ 5, mistake: mistake)
            world.run(steps: Self.steps)
            return !world.violations.isEmpty
        }
        #expect(isFound)
    }

    /// As long as `make simulate` asks.
    @Test func `many worlds in a row`() {
        let report = Simulation.run(LeaseWorld.self)
        #expect(report.violations.isEmpty, "\(report.violations)")
        #expect(report.happened.values.allSatisfy { $0 > 100 }, "\(report.happened)")
        print(report.line(of: "leases"))
    }

    @Test func `a seed repeats a run exactly`() {
        let runs = [7, 7, 8].map { Simulation.run(LeaseWorld.self, seed: $0, steps: 5_000).digest }
        #expect(runs[0] == runs[1] && runs[1] != runs[2])
    }
}
