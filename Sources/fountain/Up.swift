// `fountain up`: everything that the topology runs on this host, in one process, until a signal ends it. It stays in the foreground.

import ArgumentParser
import Ecosystem

struct Up: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring up everything that the topology runs on this host.",
        discussion:
            "Prints a line that starts with `ready` when every service answers; logs JSON to stderr; ends with 0 on SIGTERM."
    )

    @OptionGroup var ecosystem: EcosystemOptions
    @OptionGroup var logging: LogOptions

    func run() async throws {
        let topology = try ecosystem.load()
        let running = Running(
            topology: topology,
            load: { [ecosystem] in try ecosystem.load() },
            part: .all,
            logger: logging.logger(for: topology)
        )
        try await running.run()
    }
}
