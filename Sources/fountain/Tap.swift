// `fountain tap`: a topic's events as they go by, for people and pipes. It follows without a name, so nothing is kept for it.

import ArgumentParser
import Bus
import Ecosystem
import Topology

struct Tap: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print a topic's events, a JSON line each: the past from an offset, then live.",
        discussion: "fountain tap sequence.changed --from 1"
    )

    @Argument(help: "The topic; `sequence.*` is every topic that begins so.")
    var topic: String

    @Option(help: "The first offset to print; 1 is the beginning. (default: only what comes from now on)")
    var from: UInt64?

    @Option(help: "End after so many events.")
    var count: Int?

    @OptionGroup var ecosystem: EcosystemOptions
    @OptionGroup var peer: PeerOption

    func validate() throws {
        if from == 0 { throw ValidationError("Offsets begin at 1.") }
    }

    func run() async throws {
        try await ecosystem.join(as: peer) { node, topology in
            let publisher = try await node.publisher(of: topic, in: topology)
            let subscription = try await node.subscribe(
                topic,
                publisher: publisher,
                from: from.map { .offset($0) } ?? .live
            )
            var left = count ?? .max
            while left > 0, let events = try await subscription.next(limit: min(left, 256)) {
                for event in events { try say(event.line) }
                left -= events.count
            }
        }
    }
}
