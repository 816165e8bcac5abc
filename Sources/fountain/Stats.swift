// `fountain stats`: what services have measured of themselves, for whoever looks for what is slow. It shows numbers and judges none.

import ArgumentParser
import Bus
import Ecosystem
import Topology

struct Stats: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What is slow or sick: latencies, errors, topics, lag, links.",
        discussion: "Times are in microseconds."
    )

    @Argument(help: "A service. (default: all)")
    var service: String?

    @Flag(help: "Again every second, until ctrl-C.")
    var watch = false

    @Flag(help: "As JSON.")
    var json = false

    @OptionGroup var ecosystem: EcosystemOptions
    @OptionGroup var peer: PeerOption

    func run() async throws {
        try await ecosystem.join(as: peer) { node, topology in
            repeat {
                for name in service.map({ [$0] }) ?? topology.services.map(\.name) {
                    for stats in try await RollCall(topology).stats(of: name, by: node) {
                        if json { try sayJSON(stats) } else { for line in stats.lines { try say(line) } }
                    }
                }
                if watch { try await Task.sleep(for: .seconds(1)) }
            } while watch
        }
    }
}
