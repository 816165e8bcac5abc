import ArgumentParser
import Ecosystem
import Foundation
import Topology

struct Load: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send a file of create requests, a JSON object a line, through the gateway, many at a time.",
        discussion:
            "fountain load play.jsonl --clients 16 --user ada; asks for the password, or reads FOUNTAIN_PASSWORD."
    )

    @Argument(help: "The file: one {\"elementType\":…,\"elementId\":…,\"comment\":…} a line.")
    var file: String

    @Option(help: "How many requests are under way at once.")
    var clients = 16

    @Option(help: "Who sends them; registered first if it is not known.")
    var user = "loader"

    @OptionGroup var ecosystem: EcosystemOptions

    func validate() throws {
        guard (1...256).contains(clients) else { throw ValidationError("--clients must be 1 to 256.") }
    }

    func run() async throws {
        let listen = try ecosystem.load().gateway.listen
        guard
            let password = ProcessInfo.processInfo.environment["FOUNTAIN_PASSWORD"]
                ?? askSecretly("password of \(user): ")
        else {
            throw Complaint("A password is needed: set FOUNTAIN_PASSWORD.")
        }
        let loader = LoadRun(origin: "http://\(listen)", clients: clients) { line in
            complain("\r\(line)", end: "")
        }
        let loaded = await asyncResult { try await loader.send(file: file, as: user, password: password) }
        complain("")
        for line in try loaded.get().lines { try say(line) }
        if try loaded.get().failed > 0 { throw ExitCode.failure }
    }
}

/// Reads a line from the terminal without showing it; nil where there is none.
private func askSecretly(_ prompt: String) -> String? {
    unsafe getpass(prompt).map { unsafe String(cString: $0) }
}
