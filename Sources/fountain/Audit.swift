import ArgumentParser
import Contracts
import Ecosystem
import KeyManagement

struct Audit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The KMS's audit log.",
        subcommands: [Verify.self]
    )

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prove that the log is whole: every entry holds the hash of the one before it.",
            discussion: "Exit code 1 where it is not."
        )
        @OptionGroup var ecosystem: EcosystemOptions

        func run() async throws {
            let verified = await asyncResult { try await KeyManagementService(try ecosystem.load()).verifyAudit() }
            try sayJSON(try verified.get())
        }
    }
}
