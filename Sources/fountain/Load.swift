import ArgumentParser
import Ecosystem
import Foundation
import Topology

struct Load: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Send create requests through the gateway: a file of them, many at a time, or at a rate.",
        discussion: """
            fountain load play.jsonl --clients 16 --user ada
            fountain load --rate 200 --seconds 30

            With --rate requests are due at random times, whatever the answers do, and latencies run from when one was due. The password \
            is asked for, or read from FOUNTAIN_PASSWORD. Ends with 1 where a request failed, with 3 where the generator itself was too \
            late for its latencies to count.
            """
    )

    @Argument(
        help:
            "One {\"elementType\":…,\"elementId\":…,\"comment\":…} a line. (with --rate: made up where it is left out)"
    )
    var file: String?

    @Option(help: "How many requests are under way at once.")
    var clients = 16

    @Option(help: "So many a second, on average: an open loop.")
    var rate: Double?

    @Option(help: "How long an open loop lasts.")
    var seconds = 10

    @Option(help: "Where an open loop writes every number as JSON.")
    var json: String?

    @Option(help: "Who sends them; registered first if it is not known.")
    var user = "loader"

    @OptionGroup var ecosystem: EcosystemOptions

    func validate() throws {
        guard (1...256).contains(clients) else { throw ValidationError("--clients must be 1 to 256.") }
        guard (0.1...100_000).contains(rate ?? 1) else { throw ValidationError("--rate must be 0.1 to 100000.") }
        guard (1...600).contains(seconds) else { throw ValidationError("--seconds must be 1 to 600.") }
        guard file != nil || rate != nil else { throw ValidationError("A FILE is needed, or --rate.") }
    }

    func run() async throws {
        let requests = try await asyncResult { try file.map(LoadRequests.init(file:)) ?? .madeUpNow() }.get()
        let edge = try await logIn()
        if let rate {
            try await openLoop(requests, rate, edge)
        } else if case .lines(let lines) = requests {
            let report = await LoadRun(clients: clients, progress: showProgress).send(lines, edge)
            try tell(report.lines)
            if report.failed > 0 { throw ExitCode.failure }
        }
    }

    private func logIn() async throws -> EdgeClient {
        let origin = "http://\(try ecosystem.load().gateway.listen)"
        guard
            let password = ProcessInfo.processInfo.environment["FOUNTAIN_PASSWORD"]
                ?? askSecretly("password of \(user): ")
        else {
            throw Complaint("A password is needed: set FOUNTAIN_PASSWORD.")
        }
        return try await asyncResult { try await EdgeClient.loader(origin, user, password) }.get()
    }

    private func openLoop(_ requests: LoadRequests, _ rate: Double, _ edge: EdgeClient) async throws {
        let loop = OpenLoop(rate: rate, for: .seconds(seconds), clients: clients, progress: showProgress)
        let report = await loop.send(requests, edge)
        try tell(report.lines)
        if let json { try JSONEncoder().encode(report).write(to: URL(filePath: json)) }
        if report.failed > 0 { throw ExitCode.failure }
        if report.isInconclusive { throw ExitCode(3) }
    }

    private func tell(_ lines: [String]) throws {
        complain("")
        for line in lines { try say(line) }
    }
}

private func showProgress(_ line: String) { complain("\r\(line)", end: "") }

/// Reads a line from the terminal without showing it; nil where there is none.
private func askSecretly(_ prompt: String) -> String? {
    unsafe getpass(prompt).map { unsafe String(cString: $0) }
}
