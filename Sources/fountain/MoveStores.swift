// `fountain admin move-stores`: from SQLite files to PostgreSQL, for whoever runs the services, while they stand still. It deletes nothing.

import ArgumentParser
import Ecosystem

extension Admin {
    struct MoveStores: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "move-stores",
            abstract: "Move what the services have in SQLite files to the PostgreSQL database of the topology.",
            discussion: """
                The services must be stopped, and the database empty. Every row is copied, then every row compared, and the audit logs are \
                proven; until then no service opens the database. Interrupted at any point, it goes on when it is run again. The files stay \
                as they are, and the keys/ beside them have to go along. docs/scale.md has it step by step.
                """
        )
        @Option(help: "Where the SQLite files lie. (default: the topology's data directory)") var from: String?
        @OptionGroup var ecosystem: EcosystemOptions

        func run() async throws {
            let topology = try ecosystem.load()
            let opened = await asyncResult { try await StoresMove(topology, from: from) }
            let move = try opened.get()
            let progress = Progress(of: move.steps)
            let done = await asyncResult { try await move.run { progress.advance(by: $0) } }
            progress.finish()
            await move.close()
            for line in try done.get() { try say(line) }
        }
    }
}
