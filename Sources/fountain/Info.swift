// `fountain info`: what services declare of themselves, for whoever wants to call or follow one. It calls none of what it lists.

import ArgumentParser
import Bus
import Ecosystem
import Topology

struct Info: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "What services can do: their operations and topics.")

    @Argument(help: "A service. (default: all)")
    var service: String?

    @Flag(help: "The whole declaration as JSON, schemas included.")
    var json = false

    @OptionGroup var ecosystem: EcosystemOptions
    @OptionGroup var peer: PeerOption

    func run() async throws {
        try await ecosystem.join(as: peer) { node, topology in
            for name in service.map({ [$0] }) ?? topology.services.map(\.name) {
                let info = try await node.call(BusOperations.info, Empty(), on: name)
                if json { try sayJSON(info) } else { for line in info.lines(topology) { try say(line) } }
            }
        }
    }
}
