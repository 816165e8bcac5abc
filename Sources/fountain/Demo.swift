// `fountain demo`: an ecosystem of its own at work, for somebody who sees one for the first time. Nothing of it stays.

import ArgumentParser
import Ecosystem
import Foundation
import Logging

struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Bring an ecosystem up, play the three end-to-end scenarios against it step by step, and take it down.",
        discussion: "It has a data directory and ports of its own, so it does not disturb one that is running."
    )

    @Option(name: .shortAndLong, help: "The topology file.")
    var topology = "topology/local.yaml"

    func run() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "fountain-demo-\(getpid())").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let options = try EcosystemOptions.parse(["--topology", topology, "--data-dir", directory])
        let speaker = Speaker()
        let played = await asyncResult {
            try await Scenarios.play(try options.load().withPortsOfItsOwn, logger: .quiet, say: speaker.say)
        }
        try played.get()
        try speaker.finish()
    }
}
