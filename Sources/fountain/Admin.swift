import ArgumentParser
import Ecosystem
import KeyManagement

/// What is done on the host of the KMS, beside it: whoever may read its files may do this, and nobody else.
struct Admin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Work on the KMS's data on its host: the first admin, master keys.",
        subcommands: [Bootstrap.self, Rewrap.self]
    )

    struct Bootstrap: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a one-time token with which somebody may register as admin.",
            discussion:
                "POST /kms/register with \"roles\": \"admin\" and \"admin_token\": the token. It works once, for an hour."
        )
        @OptionGroup var ecosystem: EcosystemOptions

        func run() async throws {
            let made = await asyncResult { try await KeyManagementService(try ecosystem.load()).makeAdminToken() }
            say(try made.get())
        }
    }

    struct Rewrap: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Move every sealed secret of the KMS under the newest master key."
        )
        @OptionGroup var ecosystem: EcosystemOptions

        func run() async throws {
            let done = await asyncResult { try await KeyManagementService(try ecosystem.load()).rewrap() }
            say("\(try done.get())")
        }
    }
}
