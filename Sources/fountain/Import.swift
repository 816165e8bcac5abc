// `fountain import`: a writer's file into a sequence of Service A. It makes the difference only, and undoes others' work only if forced.

import ArgumentParser
import Contracts
import Ecosystem
import Screenplay

struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Read a Fountain screenplay into a sequence of Service A; again, and only what has changed is changed.",
        discussion: """
            fountain import hamlet.fountain
            fountain import draft7.fountain --into hamlet

            Lines that stay keep their ids, changed lines get a new version, moved ones are moved, and what is not in the file any more is \
            deleted. An import changes and deletes only what imports have made: an element that somebody has created or changed otherwise, \
            and that the file does not say the same, is named, and nothing is done without --force. The order is always the file's. What \
            stands where: docs/screenplay.md.
            """
    )

    @Argument(help: "The .fountain file, in UTF-8.")
    var file: String

    @Option(help: "The sequence. (default: the file's name without what follows the last dot)")
    var into: String?

    @Flag(help: "Change and delete also what no import has left as it is.")
    var force = false

    @Flag(help: "Say what would be done, and do nothing.")
    var dryRun = false

    @Option(help: "The largest file that is read, in bytes.")
    var maxBytes = ScreenplayFile.standardLimit

    @OptionGroup var ecosystem: EcosystemOptions
    @OptionGroup var peer: PeerOption

    func validate() throws {
        guard (1...1 << 30).contains(maxBytes) else { throw ValidationError("--max-bytes must be 1 to \(1 << 30).") }
    }

    func run() async throws {
        let file = try ScreenplayFile(file, limit: maxBytes)
        let name = try into.map(ScreenplayFile.sequence) ?? file.sequence()
        guard !file.screenplay.isBlank else {
            throw Complaint(
                "\(self.file) has nothing in it. To empty a sequence: DELETE /service_a/sequence?sequenceName=…"
            )
        }
        let began = ContinuousClock.now
        try await ecosystem.join(as: peer) { node, _ in
            let work = try await ScreenplayImport(file.screenplay, of: file.bytes, into: name, forced: force, by: node)
            if !dryRun, !work.difference.isEmpty {
                let progress = Progress(of: work.editCount)
                defer { progress.finish() }
                try await work.run { progress.advance(by: $0) }
            }
            try say("\(name.text): \(work.difference.summary)\(dryRun ? ", if it were done" : since(began))")
        }
    }

    private func since(_ began: ContinuousClock.Instant) -> String {
        " in \(hundredths(began.duration(to: .now) / .seconds(1))) s"
    }
}

extension Difference {
    fileprivate var summary: String {
        [("created", created), ("changed", changed), ("moved", moved), ("deleted", deleted), ("unchanged", unchanged)]
            .map { "\($0) \(grouped($1))" }.joined(separator: ", ")
    }
}

private func hundredths(_ seconds: Double) -> String {
    let whole = Int((seconds * 100).rounded())
    return "\(whole / 100).\(whole % 100 / 10)\(whole % 10)"
}
