// `fountain ping`: who is there, of those whom the topology promises. Who answers is there; whether he is well, `fountain check` says.

import ArgumentParser
import Bus
import Ecosystem

struct Ping: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Who is there, of those whom the topology promises.",
        discussion: "Exit code 1 where somebody is missing. Without a name it asks every service and the gateway."
    )

    @Argument(help: "A service, or gateway.")
    var service: String?

    @OptionGroup var ecosystem: EcosystemOptions
    @OptionGroup var peer: PeerOption

    func run() async throws {
        let answers = try await ecosystem.join(as: peer) { node, topology in
            try await RollCall(topology).ask(service, by: node)
        }
        for answer in answers { try say(answer.line) }
        if answers.contains(where: { !$0.isThere }) { throw ExitCode.failure }
    }
}
