// `fountain audit …`: whether audit logs are whole, for whoever answers for them, on the host where they lie. It mends nothing.

import ArgumentParser
import Audit
import Contracts
import Ecosystem

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "The audit logs of the KMS and the 2FA service.",
        subcommands: [Verify.self]
    )

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prove that the logs are whole: every entry holds the hash of the one before it.",
            discussion: """
                Exit code 1 where one is not. An end that was cut off shows only against an entry that was written down before: \\
                keep `entries` and `head` of each run elsewhere, and give them to the next as --known kms:ENTRIES:HEAD.
                """
        )
        @Option(help: "SERVICE:NUMBER:HASH of an entry that was there before.") var known: [KnownEntry] = []
        @OptionGroup var ecosystem: EcosystemOptions

        func run() async throws {
            let work = HostWork(try ecosystem.load())
            let entries = Dictionary(known.map { ($0.service, $0.entry) }) { $1 }
            let verified = await asyncResult { try await work.verifyAudits(against: entries) }
            let verdicts = try verified.get()
            try sayJSON(verdicts)
            if verdicts.values.contains(where: { !$0.whole }) { throw ExitCode.failure }
        }
    }
}

/// `kms:42:9f86d0…`
struct KnownEntry: ExpressibleByArgument {
    let service: String
    let entry: AuditChain.Known

    init?(argument: String) {
        let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, let number = Int(parts[1]), number > 0 else { return nil }
        service = String(parts[0])
        entry = AuditChain.Known(number: number, hash: String(parts[2]))
    }
}
