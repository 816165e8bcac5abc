// `fountain search reindex`: another index is built beside the one that is shown, and takes its place.

import ArgumentParser
import Bus
import Contracts
import Ecosystem

struct SearchReindex: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reindex",
        abstract: "Build the index anew beside the one that is shown, and show it once it is whole.",
        discussion: """
            Searches and writes go on meanwhile, and no search sees half an index. It goes on without this command, also after a restart of \
            the service; given again, the command joins it.
            """
    )
    @Flag(help: "Begin with what Service A has now, and not with its first change.") var fromPresent = false
    @OptionGroup var ecosystem: EcosystemOptions
    @OptionGroup var peer: PeerOption

    func run() async throws {
        let swaps = try await ecosystem.join(as: peer) { node, _ in
            let begun = try await node.call(SearchOperations.reindex, Reindex(from: fromPresent ? .present : .log))
            return try await Self.follow(begun, node)
        }
        try say("Another index is shown; it is number \(grouped(swaps + 1)).")
    }

    /// Until another index is shown, also where the service is away for a while.
    private static func follow(_ begun: ReindexStatus, _ node: Node) async throws -> Int {
        var (progress, shown, status): (Progress?, Int, ReindexStatus) = (nil, 0, begun)
        while status.isRunning || status.swaps == begun.swaps {
            if progress == nil, status.goal > 0 { progress = Progress(of: status.goal) }
            progress?.advance(by: max(0, status.done - shown))
            shown = max(shown, status.done)
            try await Task.sleep(for: .milliseconds(200))
            do { status = try await node.call(SearchOperations.reindexStatus, Empty()) } catch let failure as Failure {
                guard [.unavailable, .draining, .deadlineExceeded].contains(failure.code) else { throw failure }
            }
        }
        progress?.advance(by: max(0, begun.goal - shown))
        progress?.finish()
        return status.swaps
    }
}
