// `fountain explain`: where the time of one request went, for people. It knows what services remember, and reads no log.

import ArgumentParser
import Bus
import Ecosystem

struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Where the time of one request went, or which were slow or failed.",
        discussion: """
            The trace is in the answer's `traceparent` (its 32 digits in the middle), in every problem document and in every log line. \
            Without one the newest slow and failed requests are listed. What is remembered: `bus.spans` in the topology.
            """
    )

    @Argument(help: "The trace's 32 hexadecimal digits. (default: list what was slow or failed)")
    var trace: String?

    @OptionGroup var ecosystem: EcosystemOptions
    @OptionGroup var peer: PeerOption

    func run() async throws {
        let story = try await ecosystem.join(as: peer) { node, topology in
            try await TraceStory.collect(SpanQuery(trace: trace), by: node, in: topology)
        }
        for line in trace == nil ? story.list : story.lines { try say(line) }
        if story.parts.isEmpty, trace != nil { throw ExitCode.failure }
    }
}
