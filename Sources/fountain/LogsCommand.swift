// `fountain logs`: what `explain` shows to people, as a line of JSON each, for programs. It reads no log either.

import ArgumentParser
import Bus
import Ecosystem
import Foundation

struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "What services remember of requests, as lines of JSON: `explain` for programs.",
        discussion:
            "Without --trace: what was slow or failed, oldest first. The log itself is what the services write to standard error."
    )

    @Option(help: "Only this trace: 32 hexadecimal digits.")
    var trace: String?

    @OptionGroup var ecosystem: EcosystemOptions
    @OptionGroup var peer: PeerOption

    func run() async throws {
        let story = try await ecosystem.join(as: peer) { node, topology in
            try await TraceStory.collect(SpanQuery(trace: trace), by: node, in: topology)
        }
        for part in story.parts { try say(story.json(of: part)) }
        for gap in story.silent { complain("not asked: \(gap)") }
        if story.parts.isEmpty, trace != nil { throw ExitCode.failure }
    }
}
