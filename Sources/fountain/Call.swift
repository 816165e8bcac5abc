// `fountain call`: any operation of any service, with JSON as it is. It acts for a peer, never for a user, and leaves checks to services.

import ArgumentParser
import Bus
import Ecosystem

struct Call: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Call an operation on the bus and print its answer.",
        discussion: #"fountain call service_a.sequence '{"elementType":"script","elementId":1,"comment":"first"}'"#
    )

    @Argument(help: "The operation, e.g. kms.login; `fountain info` lists them.")
    var operation: String

    @Argument(help: "Its input as JSON.")
    var input = "{}"

    @Option(help: "The service that answers. (default: the part before the first dot)")
    var on: String?

    @Option(help: "Seconds to wait.")
    var timeout: Double = 10

    @Option(help: "Makes repeating the call safe: the same key gives the first answer again.")
    var idempotencyKey: String?

    @OptionGroup var ecosystem: EcosystemOptions
    @OptionGroup var peer: PeerOption

    func validate() throws {
        guard timeout >= 0, timeout <= 86_400 else { throw ValidationError("--timeout must be 0 to 86400 seconds.") }
    }

    func run() async throws {
        let answer = try await ecosystem.join(as: peer) { node, _ in
            try await node.call(
                operation,
                payload: Array(input.utf8),
                on: on,
                idempotencyKey: idempotencyKey,
                timeout: .seconds(timeout)
            )
        }
        if !answer.isEmpty { try say(String(decoding: answer, as: UTF8.self)) }
    }
}
