// `fountain admin …`: what is done on the host of the KMS, beside it: whoever may read its files may do this, and nobody else.

import ArgumentParser
import Ecosystem
import KeyManagement

struct Admin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Work on the services' data on their host: the first admin, master keys, a move to PostgreSQL.",
        subcommands: [Bootstrap.self, Rewrap.self, MoveStores.self]
    )

    struct Bootstrap: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a one-time token with which somebody may register as admin.",
            discussion:
                "POST /kms/register with \"roles\": \"admin\" and \"admin_token\": the token. It works once, for an hour."
        )
        @OptionGroup var ecosystem: EcosystemOptions

        func run() async throws {
            let made = await asyncResult {
                try await KeyManagementService(try ecosystem.load(), isAlone: false).makeAdminToken()
            }
            try say(made.get())
        }
    }

    struct Rewrap: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Move every sealed secret of the KMS and the 2FA service under the newest master key.",
            discussion: """
                The services must be stopped. To replace a master key: fountain admin rewrap --new-key --drop-old. \
                Interrupted at any point, it is finished by running it again without --new-key.
                """
        )
        @Flag(help: "Make a fresh master key first.") var newKey = false
        @Flag(help: "Afterwards take the older keys out of the file.") var dropOld = false
        @OptionGroup var ecosystem: EcosystemOptions

        func run() async throws {
            let work = HostWork(try ecosystem.load())
            let done = await asyncResult { try await work.rewrap(withNewKey: newKey, dropOldKeys: dropOld) }
            for line in try done.get() { try say(line) }
        }
    }
}
