// The bus's machines in their worlds: what must hold does, each mistake around them is found, and a seed repeats a run exactly.

import Simulation
import Testing

@Suite(.timeLimit(.minutes(60))) struct SimulationTests {
    @Test func `calls end once, by their own answers, and links are not taken for alive when they are not`() {
        let report = Simulation.run(CallWorld.self)
        #expect(report.violations.isEmpty, "\(report.violations.prefix(5))")
        for name in ["a call is answered", "a call is too late", "a call is lost with its link", "a link is lost"] {
            #expect(report.happened[name, default: 0] > 5, "\(name): \(report.happened)")
        }
        print(report.line(of: "calls and links"))
    }

    @Test func `events take effect in order and without a hole, and none is pruned that somebody lacks`() {
        let report = Simulation.run(TopicWorld.self)
        #expect(report.violations.isEmpty, "\(report.violations.prefix(5))")
        for name in [
            "an event takes effect", "an event comes again", "the log is pruned", "a subscriber dies", "behind",
        ] {
            #expect(report.happened[name, default: 0] > 5, "\(name): \(report.happened)")
        }
        print(report.line(of: "topics and subscriptions"))
    }

    @Test(arguments: CallWorld.Mistake.allCases)
    func `the world of calls finds each mistake`(mistake: CallWorld.Mistake) {
        #expect(!Simulation.run(CallWorld.self, seed: 1, steps: 100_000, mistake: mistake).violations.isEmpty)
    }

    @Test(arguments: TopicWorld.Mistake.allCases)
    func `the world of topics finds each mistake`(mistake: TopicWorld.Mistake) {
        #expect(!Simulation.run(TopicWorld.self, seed: 1, steps: 100_000, mistake: mistake).violations.isEmpty)
    }

    @Test func `a seed repeats a run exactly`() {
        #expect(
            Simulation.run(CallWorld.self, seed: 7, steps: 5_000).digest
                == Simulation.run(CallWorld.self, seed: 7, steps: 5_000).digest
        )
        #expect(
            Simulation.run(TopicWorld.self, seed: 7, steps: 5_000).digest
                == Simulation.run(TopicWorld.self, seed: 7, steps: 5_000).digest
        )
        #expect(
            Simulation.run(CallWorld.self, seed: 7, steps: 5_000).digest
                != Simulation.run(CallWorld.self, seed: 8, steps: 5_000).digest
        )
    }
}
