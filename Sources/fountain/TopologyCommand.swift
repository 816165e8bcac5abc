// `fountain topology …`: what a topology file says, for whoever writes one. It runs none, and asks nobody.

import ArgumentParser
import Topology

struct TopologyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topology",
        abstract: "Look at a topology file without running it.",
        subcommands: [Check.self, Graph.self, TopologyKeys.self]
    )

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say every mistake in a topology file, with its line."
        )
        @Argument(help: "The file.") var file = "topology/local.yaml"

        func run() throws {
            do {
                let topology = try Topology.load(file)
                try say(
                    "\(file): good. \(topology.kind.rawValue) \"\(topology.name)\", \(topology.services.count) services."
                )
            } catch { throw Complaint("\(error)") }
        }
    }

    struct Graph: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Draw who talks to whom, as Mermaid.")
        @Argument(help: "The file.") var file = "topology/local.yaml"

        func run() throws {
            do { try say(Topology.load(file).graph()) } catch { throw Complaint("\(error)") }
        }
    }
}
