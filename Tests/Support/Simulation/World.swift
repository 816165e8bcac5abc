// Worlds of pure state machines: a virtual clock, a network that does everything that networks do, and dice. No thread, no socket, no wall clock is
// in them, so a run is repeated exactly by its seed and the commit.
//
//     make simulate                       a million steps of each world
//     make simulate SEED=17 STEPS=5000    one world again
//
// A run is many short worlds, each with a seed of its own, so that what fails is short and has a name.

import Foundation

package protocol World {
    /// What somebody around the machines could do wrong. A world has to find each.
    associatedtype Mistake: CaseIterable, Sendable

    init(seed: UInt64, mistake: Mistake?)
    /// One thing happens, or a few at once, and what must hold is looked at.
    mutating func step()
    /// All faults end; what was begun has to end too.
    mutating func heal()
    /// What did not hold.
    var violations: [String] { get }
    /// What happened, by name; a run in which too little happens proves nothing.
    var happened: [String: Int] { get }
    /// Of the whole run: two runs of one seed have the same.
    var digest: UInt64 { get }
}

package struct SimulationReport: Sendable {
    /// What did not hold, each with the seed of its world.
    package var violations: [String] = []
    package var happened: [String: Int] = [:]
    package var digest: UInt64 = 0
    private let began = ContinuousClock.now

    /// A line of who plays `worlds` as `make simulate` does: what repeats it, how fast it was, and what happened.
    package func line(of worlds: String) -> String {
        let pace = Double(Simulation.steps) / (began.duration(to: .now) / .seconds(60)) / 1_000_000
        let rate = String(format: "%.1f", pace)
        let played = "seed \(Simulation.seed), \(Simulation.steps) steps, \(rate) million a minute"
        return "simulation: \(worlds), \(played): \(happened)"
    }
}

package enum Simulation {
    /// Steps of one world.
    package static let length = 5_000

    /// Steps of all worlds of a kind together, as `make simulate` asks.
    package static let steps = number("FOUNTAIN_SIMULATION_STEPS").map { Int(clamping: $0) } ?? 20_000
    /// The seed of the first world.
    package static let seed = number("FOUNTAIN_SEED") ?? 1

    private static func number(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap(UInt64.init)
    }

    /// Plays worlds one after the other, until so many steps were done or one has gone wrong.
    package static func run<Kind: World>(
        _ kind: Kind.Type,
        seed: UInt64 = seed,
        steps: Int = steps,
        mistake: Kind.Mistake? = nil
    ) -> SimulationReport {
        var (report, left, next) = (SimulationReport(), steps, seed)
        while left > 0, report.violations.isEmpty {
            var world = Kind(seed: next, mistake: mistake)
            for _ in 0..<min(left, length) { world.step() }
            world.heal()
            report.violations += world.violations.map { "\(kind), seed \(next): \($0)" }
            report.happened.merge(world.happened, uniquingKeysWith: +)
            report.digest = (report.digest ^ world.digest) &* 0x100_0000_01B3
            (left, next) = (left - length, next &+ 1)
        }
        return report
    }
}
