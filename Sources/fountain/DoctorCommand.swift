// `fountain doctor`: whether what should be refused is refused, for whoever has secured a system. It tries, and mends nothing.

import ArgumentParser
import Ecosystem

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Prove on the running ecosystem that what should be refused is refused.",
        discussion: """
            Over tcp it tries each replica in the clear, with an unknown key, with a call and a subscription that are not granted, and \
            looks at the key files. Over ipc it looks at the modes of directories and keys, and that nothing listens off loopback. \
            It changes nothing.

            A line for each thing, `ok` or `FAILED` with what to do. Exit code 1 where one failed.
            """
    )

    @OptionGroup var ecosystem: EcosystemOptions
    @OptionGroup var peer: PeerOption

    func run() async throws {
        let topology = try ecosystem.load()
        var failed = 0
        let speaker = Speaker()
        let examined = await asyncResult {
            try await Doctor(topology, as: peer.name, logger: .quiet).examine { finding in
                speaker.say(finding.line)
                if !finding.isGood { failed += 1 }
            }
        }
        try examined.get()
        try speaker.finish()
        try say(failed == 0 ? "all is well" : "\(failed) FAILED")
        if failed > 0 { throw ExitCode.failure }
    }
}
