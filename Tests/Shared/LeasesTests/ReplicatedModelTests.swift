// Keepers of one database and their holders in `ReplicatedWorld`: the invariant, and that the world would notice if it did not hold.

import Leases
import Simulation
import Testing

@Suite struct ReplicatedModelTests {
    private static let steps = 1_500

    @Test(arguments: 0..<12)
    func `once a revocation was answered by any replica no holder lets the old one in`(seed: Int) {
        var world = ReplicatedWorld(seed: UInt64(seed) &* 7_919 &+ 11)
        world.run(steps: Self.steps)
        #expect(world.violations.isEmpty, "\(world.violations)")
        #expect(world.answers > 10, "it was asked: \(world.hits) hits, \(world.answers) answers")
        world.heal()
        #expect(world.violations.isEmpty, "\(world.violations)")
        #expect(world.openRevocations == 0, "each ends")
        #expect(world.hasLeases, "and verdicts are held again")
    }

    @Test(arguments: ReplicatedWorld.Mistake.allCases)
    func `the world finds each mistake`(mistake: ReplicatedWorld.Mistake) {
        let found = (0..<200).first { seed in
            var world = ReplicatedWorld(seed: UInt64(seed) &* 15_485_863 &+ 5, mistake: mistake)
            world.run(steps: Self.steps)
            return !world.violations.isEmpty
        }
        #expect(found != nil)
    }

    /// As long as `make simulate` asks.
    @Test func `many worlds in a row`() {
        let report = Simulation.run(ReplicatedWorld.self)
        #expect(report.violations.isEmpty, "\(report.violations)")
        #expect(report.happened.values.allSatisfy { $0 > 10 }, "\(report.happened)")
        print(report.line(of: "leases of replicas"))
    }
}
