// The command line. A command parses its words, calls one thing below, and prints; nothing is decided here.

import ArgumentParser

struct Fountain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fountain",
        abstract: "FountainAI: five services on a ZeroMQ bus, and a gateway in front of them.",
        discussion: """
            Begin with `fountain up`, then `curl http://127.0.0.1:8002/health`.
            Every command that talks to a running ecosystem takes the same --topology and --data-dir as `up`.
            """,
        subcommands: [
            Up.self, Serve.self, Demo.self, Ping.self, Info.self, Stats.self, Call.self, Tap.self, Load.self,
            Import.self, Export.self, ScreenplayCommand.self, SearchCommand.self,
            TopologyCommand.self, DoctorCommand.self, Check.self, Explain.self, LogsCommand.self, Admin.self,
            AuditCommand.self, QR.self,
        ]
    )
}
