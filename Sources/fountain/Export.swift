// `fountain export`: a sequence of Service A as a writer's file. It replaces a file as a whole, and does not hide what Fountain cannot say.

import ArgumentParser
import Contracts
import Ecosystem
import Foundation
import StandardStreams

struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a sequence of Service A as a Fountain screenplay.",
        discussion: """
            fountain export hamlet > hamlet.fountain
            fountain export hamlet hamlet.fountain

            What was imported comes back byte for byte. What was changed in Service A is written so that it reads as what it is; where \
            Fountain has no way to say it, standard error says how many elements that concerns.
            """
    )

    @Argument(help: "The sequence.")
    var name: String

    @Argument(help: "The file, replaced as a whole. (default: standard output)")
    var file: String?

    @OptionGroup var ecosystem: EcosystemOptions
    @OptionGroup var peer: PeerOption

    func run() async throws {
        guard let sequence = SequenceName(name) else {
            throw Complaint("No sequence is called \"\(name)\": a name \(SequenceName.rule).")
        }
        let export = try await ecosystem.join(as: peer) { node, _ in try await ScreenplayExport(sequence, by: node) }
        try write(export.bytes)
        guard export.differences > 0 else { return }
        complain(
            "\(export.differences) elements will read differently than they stand in \"\(name)\": Fountain cannot say them as they are."
        )
    }

    private func write(_ bytes: [UInt8]) throws {
        guard let file else { return try StandardStream.output.write(bytes[...]) }
        do { try Data(bytes).write(to: URL(filePath: file), options: .atomic) } catch {
            throw Complaint("\(file) cannot be written to: \(error.localizedDescription)")
        }
    }
}
