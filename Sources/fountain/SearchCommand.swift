// `fountain search …`: whether the index is what its source says, and what could not be indexed.

import ArgumentParser
import Bus
import Contracts
import Ecosystem

struct SearchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "The search index: hold it against its source, and see to what could not be indexed.",
        subcommands: [Verify.self, SearchReindex.self, Parked.self, Replay.self, Discard.self]
    )

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compare the index with Service A, element by element, and put right what differs.",
            discussion: """
                Others go on writing and searching meanwhile. It is done by itself as well, at the start and every \
                `search.verify_interval`. Exit code 1 where something was, or still is, wrong.
                """
        )
        @Flag(help: "Only say what differs.") var check = false
        @Flag(help: "As JSON.") var json = false
        @Option(help: "Seconds to wait.") var timeout: Double = 600
        @OptionGroup var ecosystem: EcosystemOptions
        @OptionGroup var peer: PeerOption

        func run() async throws {
            let timeout = try SearchCommand.duration(timeout)
            let verdict = try await ecosystem.join(as: peer) { node, _ in
                try await node.call(SearchOperations.verify, VerifyIndex(repair: !check), timeout: timeout)
            }
            if json { try sayJSON(verdict) } else { for line in verdict.lines { try say(line) } }
            if verdict.differences > 0 { throw ExitCode.failure }
        }
    }

    struct Parked: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the changes that could not be indexed, each with its reason."
        )
        @Flag(help: "As JSON.") var json = false
        @OptionGroup var ecosystem: EcosystemOptions
        @OptionGroup var peer: PeerOption

        func run() async throws {
            let parked = try await ecosystem.join(as: peer) { node, _ in
                try await node.call(SearchOperations.parked, Empty())
            }
            if json { return try sayJSON(parked) }
            for change in parked.parked { try say(change.line) }
            try say(parked.parked.isEmpty ? "Nothing is parked." : "\(grouped(parked.parked.count)) parked.")
        }
    }

    struct Replay: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Try parked changes again, once what made them fail is put right.",
            discussion: "Exit code 1 where one failed again; it stays parked."
        )
        @Argument(help: "The offset that `parked` shows. (default: all)") var offset: Int?
        @OptionGroup var ecosystem: EcosystemOptions
        @OptionGroup var peer: PeerOption

        func run() async throws {
            let replayed = try await ecosystem.join(as: peer) { node, _ in
                try await node.call(SearchOperations.replayParked, ReplayParked(offset: offset))
            }
            try say("\(grouped(replayed.applied)) applied, \(grouped(replayed.parked.count)) failed again.")
            for change in replayed.parked { try say(change.line) }
            if !replayed.parked.isEmpty { throw ExitCode.failure }
        }
    }

    struct Discard: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Give a parked change up for good.")
        @Argument(help: "The offset that `parked` shows.") var offset: Int
        @OptionGroup var ecosystem: EcosystemOptions
        @OptionGroup var peer: PeerOption

        func run() async throws {
            _ = try await ecosystem.join(as: peer) { node, _ in
                try await node.call(SearchOperations.discardParked, ParkedReference(offset: offset))
            }
            try say("Offset \(offset) is given up.")
        }
    }

    private static func duration(_ seconds: Double) throws -> Duration {
        guard seconds >= 0, seconds <= 86_400 else { throw ValidationError("--timeout must be 0 to 86400 seconds.") }
        return .seconds(seconds)
    }
}

extension IndexVerdict {
    fileprivate var lines: [String] {
        let outcome =
            differences == 0 ? "all as in the source" : "\(grouped(differences)) differ, \(grouped(repaired)) put right"
        let rest = differences - named.count
        return ["\(grouped(compared)) \(compared == 1 ? "element" : "elements") compared: \(outcome)"]
            + named.map { "  \($0.kind.rawValue)  \($0.id)" }
            + (rest > 0 ? ["  and \(grouped(rest)) more"] : [])
    }
}

extension ParkedDocument {
    fileprivate var line: String { "\(offset)  \(id)  tried \(attempts) times  \(reason)" }
}
