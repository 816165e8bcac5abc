// `fountain serve`: one replica of one service in a process of its own, as containers run it. It starts none of the others.

import ArgumentParser
import Ecosystem
import FountainService

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run one service of the topology in this process.",
        discussion:
            "What a container runs: `fountain serve kms --topology topology/compose.yaml`; on the second host, `--replica 2`."
    )

    @Argument(help: "kms, 2fa, service_a, typesense_client or gateway.")
    var service: String

    @Option(help: "Which of the replicas that the topology lists, from 1 on.")
    var replica = 1

    @OptionGroup var ecosystem: EcosystemOptions
    @OptionGroup var logging: LogOptions

    func run() async throws {
        let topology = try ecosystem.load()
        try DataLayout(topology).expectKeyring(service, replica: replica)
        let running = Running(
            topology: topology,
            load: { [ecosystem] in try ecosystem.load() },
            part: .only(service, replica: replica),
            logger: logging.logger(for: topology)
        )
        try await running.run()
    }
}
