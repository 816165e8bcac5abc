// `fountain load`: elements through the gateway, for whoever brings a file in, or tests how much is borne. It goes the way of clients: by
// HTTP and with a password, never by the bus.

import ArgumentParser
import Ecosystem
import Foundation
import Topology

struct Load: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Create elements through the gateway: a file of them in its order, many at a time, or at a rate.",
        discussion: """
            fountain load play.jsonl --into hamlet --user ada
            fountain load play.jsonl --clients 16
            fountain load --rate 200 --seconds 30

            A file alone is loaded in its own order, in portions. Lines that are refused are named, and the rest is loaded; one that was broken \
            off goes on where it was when it is run again within a day. --clients and --rate are for load tests: one request an element, \
            in no order.

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

    @Option(help: "The sequence of elements that name none. (default: that of their type)")
    var into: String?

    @Option(help: "How many single requests are under way at once. (with --rate: 16)")
    var clients: Int?

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
        guard (1...256).contains(clients ?? 1) else { throw ValidationError("--clients must be 1 to 256.") }
        guard (0.1...100_000).contains(rate ?? 1) else { throw ValidationError("--rate must be 0.1 to 100000.") }
        guard (1...600).contains(seconds) else { throw ValidationError("--seconds must be 1 to 600.") }
        guard file != nil || rate != nil else { throw ValidationError("A FILE is needed, or --rate.") }
        guard into == nil || (rate == nil && clients == nil) else {
            throw ValidationError("--into is for a file that is loaded in its order: without --rate and --clients.")
        }
    }

    func run() async throws {
        if let file, rate == nil, clients == nil { return try await inOrder(file) }
        let requests = try await asyncResult { try file.map(LoadRequests.init(file:)) ?? .madeUpNow() }.get()
        let edge = try await logIn()
        if let rate {
            try await openLoop(requests, rate, edge)
        } else if case .lines(let lines) = requests {
            let report = await LoadRun(clients: clients ?? 16, progress: showProgress).send(lines, edge)
            try tell(report.lines)
            if report.failed > 0 { throw ExitCode.failure }
        }
    }

    private func inOrder(_ file: String) async throws {
        let lines = try await asyncResult { try LoadFile(path: file, into: into) }.get()
        let edge = try await logIn()
        let progress = Progress(of: lines.lineCount)
        let load = OrderedLoad(into: into) { progress.advance(by: $0) }
        let report = await load.send(lines, edge)
        progress.finish()
        for line in report.lines { try say(line) }
        if let broken = report.broken { throw complaint(about: broken) }
        if !report.refused.isEmpty { throw ExitCode.failure }
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
        let loop = OpenLoop(rate: rate, for: .seconds(seconds), clients: clients ?? 16, progress: showProgress)
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
