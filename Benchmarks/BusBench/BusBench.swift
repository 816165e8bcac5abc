// What `make bench` measures of our own bus: each mode is one process, results are one line of JSON on stdout.
//
//   bus-bench serve DIR                                          answers calls, until it is ended
//   bus-bench call DIR typed|suspending|raw IN_FLIGHT SECONDS    calls it, all in flight from one process
//   bus-bench publish DIR TOPICS                                 publishes, as far ahead of its follower as a queue would take
//   bus-bench commit DIR DATABASE                                the same from an outbox on disk
//   bus-bench subscribe DIR SECONDS                              follows live
//   bus-bench fill DATABASE EVENTS                               writes an outbox
//   bus-bench log DIR DATABASE                                   serves that outbox, until it is ended
//   bus-bench replay DIR EVENTS                                  reads its newest events
//
// It refuses to compare: peers and ratios are `Benchmarks/run.py`'s. Serving modes print `ready` once they listen.

import Bus
import Foundation

@main
enum BusBench {
    static func main() async throws {
        do { try await run(Words(CommandLine.arguments.dropFirst())) } catch let problem as Words.Problem {
            let help = "Modes and their words: Benchmarks/BusBench/BusBench.swift; what runs them: Benchmarks/run.py"
            FileHandle.standardError.write(Data("bus-bench: \(problem)\n\(help)\n".utf8))
            exit(64)
        }
    }

    private static func run(_ words: Words) async throws {
        switch try words.text(0) {
        case "serve": try await CallBench.serve(in: words.text(1))
        case "call":
            try await CallBench.call(
                in: words.text(1),
                words.value(2, as: CallBench.Payload.self),
                inFlight: words.number(3),
                for: .seconds(words.real(4))
            )
        case "publish": try await EventBench.publish(in: words.text(1), topics: words.number(2))
        case "commit": try await EventBench.commit(to: words.text(2), in: words.text(1))
        case "subscribe": try await EventBench.subscribe(in: words.text(1), for: .seconds(words.real(2)))
        case "fill": try await ReplayBench.fill(words.text(1), events: words.number(2))
        case "log": try await ReplayBench.serve(words.text(2), in: words.text(1))
        case "replay": try await ReplayBench.replay(in: words.text(1), events: words.number(2))
        case let mode: throw Words.Problem.unknownMode(mode)
        }
    }
}
