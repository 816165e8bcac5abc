// The command line, as somebody at a terminal meets it: what it prints, and the code that it ends with.

import Bus
import Ecosystem
import EcosystemTesting
import Foundation
import Processes
import Testing

@Suite(.tags(.endToEnd), .witnessed, .timeLimit(.minutes(3))) struct CommandTests {
    // MARK: Beside a running ecosystem

    @Test func `commands reach a running ecosystem`() async throws {
        let (directory, port) = (try TemporaryDirectory(), try FreePorts.take(1)[0])
        let fountain = try await RunningFountain(in: directory, port: port)
        let here = ["--topology", try RunningFountain.topology(in: directory, port: port)]
        try await call(here, fountain)
        try await tap(here)
        try await ping(here)
        try await describe(here)
    }

    private func call(_ here: [String], _ fountain: RunningFountain) async throws {
        let client = try await fountain.loggedIn()
        for id in 1...3 {
            try
                (try await client.post(
                    "/service_a/sequence",
                    ["elementType": "script", "elementId": .integer(id), "comment": "x"]
                ))
                .require(201)
        }
        let pong = try await Command.run(["call", "bus.ping", "--on", "kms"] + here)
        #expect(pong.code == 0 && pong.output.contains("\"epoch\""), "\(pong)")
        let jwks = try await Command.run(["call", "kms.jwks"] + here)
        #expect(jwks.code == 0 && jwks.output.contains("\"OKP\""), "\(jwks)")
        let unknown = try await Command.run(["call", "kms.nothing"] + here)
        #expect(unknown.code == 1 && unknown.complaint.contains("kms.nothing"), "\(unknown)")
        let nobody = try await Command.run(["call", "weather.today", "--timeout", "1"] + here)
        #expect(nobody.code == 1 && nobody.complaint.contains("weather"), "\(nobody)")
        let broken = try await Command.run(["call", "kms.login", "{"] + here)
        #expect(broken.code == 1 && broken.complaint.contains("invalid_request"), "\(broken)")
    }

    private func tap(_ here: [String]) async throws {
        let past = try await Command.run(["tap", "sequence.changed", "--from", "1", "--count", "3"] + here)
        #expect(past.code == 0)
        #expect(past.lines.count == 3)
        for (index, line) in past.lines.enumerated() { #expect(line.contains("\"offset\":\(index + 1)")) }
        let nothing = try await Command.run(["tap", "weather.changed"] + here)
        #expect(nothing.code == 1 && nothing.complaint.contains("sequence.changed"), "\(nothing)")
    }

    private func ping(_ here: [String]) async throws {
        let all = try await Command.run(["ping"] + here)
        #expect(all.code == 0, "\(all)")
        for name in ["kms", "2fa", "service_a", "typesense_client", "gateway"] {
            #expect(all.lines.contains { $0.hasPrefix("up") && $0.contains(name) }, "\(all)")
        }
        let unknown = try await Command.run(["ping", "weather"] + here)
        #expect(unknown.code == 1 && unknown.complaint.contains("typesense_client"), "\(unknown)")
    }

    private func describe(_ here: [String]) async throws {
        let info = try await Command.run(["info", "service_a"] + here)
        #expect(info.code == 0 && info.output.contains("POST /service_a/sequence"), "\(info)")
        let stats = try await Command.run(["stats", "service_a", "--json"] + here)
        #expect(stats.code == 0 && stats.output.contains("\"operation\" : \"service_a.sequence\""), "\(stats)")
        let table = try await Command.run(["stats", "service_a"] + here)
        let columns = ["count", "errors", "p50", "p99", "p99.9", "max", "queue99"]
        #expect(table.lines.contains { line in columns.allSatisfy(line.contains) }, "\(table)")
        #expect(table.lines.contains { $0.contains("service_a.sequence") }, "\(table)")
    }

    @Test func `a load at a rate tells latencies from when requests were due, and writes every number`() async throws {
        let (directory, port) = (try TemporaryDirectory(), try FreePorts.take(1)[0])
        let fountain = try await RunningFountain(in: directory, port: port)
        let here = ["--topology", try RunningFountain.topology(in: directory, port: port)]
        let (file, password) = ("\(directory.path)/load.json", ["FOUNTAIN_PASSWORD": "correct horse battery"])
        let open = ["load", "--rate", "100", "--seconds", "1", "--json", file] + here
        let done = try await Command.run(open, environment: password)
        // 3: this machine was too busy for the generator; the requests are answered all the same.
        #expect(done.code == 0 || done.code == 3, "\(done)")
        #expect(done.output.contains("from when due") && done.output.contains("generator late"), "\(done)")
        let text = try String(contentsOfFile: file, encoding: .utf8)
        #expect(text.contains("\"fromDue\"") && text.contains("\"bySecond\""))
        let nothing = try await Command.run(["load"] + here, environment: password)
        #expect(nothing.code == 64 && nothing.complaint.contains("--rate"), "\(nothing)")
        _ = fountain
    }

    @Test func `a file is loaded in its order, and what is wrong with it is named`() async throws {
        let (directory, port) = (try TemporaryDirectory(), try FreePorts.take(1)[0])
        let fountain = try await RunningFountain(in: directory, port: port)
        let here = ["--topology", try RunningFountain.topology(in: directory, port: port)]
        let password = ["FOUNTAIN_PASSWORD": "correct horse battery"]
        func load(_ words: [String]) async throws -> Command {
            try await Command.run(["load"] + words + here, environment: password)
        }
        let types = ["section", "action", "character", "spokenWord"]
        var lines = (1...600).map { #"{"elementType":"\#(types[$0 % 4])","elementId":\#($0),"comment":"line \#($0)"}"# }
        let good = try directory.write("play.jsonl", lines.joined(separator: "\r\n"))
        let first = try await load([good, "--into", "play"])
        #expect(first.code == 0 && first.lines.last?.hasPrefix("600 created in ") == true, "\(first)")
        let again = try await load([good, "--into", "play"])
        #expect(again.code == 0 && again.output.contains("600 of them by an earlier run"), "\(again)")
        let page = try await Command.run(
            ["call", "service_a.sequence.list", #"{"sequenceName":"play","limit":1000}"#] + here
        )
        let ids = page.output.matches(of: /"elementId"\s*:\s*(\d+)/).compactMap { Int($0.output.1) }
        #expect(ids == Array(1...600), "\(page.code) \(page.complaint)")

        lines[4] = "{\"elementType\":"
        let bad = try await load([
            try directory.write("bad.jsonl", lines.prefix(10).joined(separator: "\n")), "--into", "other",
        ])
        #expect(bad.code == 1 && bad.lines.last == "1 refused", "\(bad)")
        #expect(
            bad.lines.first?.hasPrefix("line 5: ") == true && bad.lines.first?.contains("column 16") == true,
            "\(bad)"
        )
        let missing = try await load(["\(directory.path)/nothing.jsonl"])
        #expect(missing.code == 1 && missing.complaint.contains("cannot be read"), "\(missing)")
        let mixed = try await load([good, "--into", "play", "--rate", "5"])
        #expect(mixed.code == 64 && mixed.complaint.contains("--into"), "\(mixed)")
        fountain.process.send(.terminate)
        _ = await fountain.process.exitCode()
        let nobody = try await load([good])
        #expect(nobody.code == 1 && !nobody.complaint.contains("Error Domain"), "\(nobody)")
    }

    @Test func `the past comes first, then what happens, as it happens`() async throws {
        let directory = try TemporaryDirectory()
        let fountain = try await RunningFountain(in: directory)
        let topology = try RunningFountain.topology(in: directory)
        let client = try await fountain.loggedIn()
        func create(_ id: Int) async throws {
            let body = try await client.post(
                "/service_a/sequence",
                ["elementType": "script", "elementId": .integer(id), "comment": "x"]
            )
            try body.require(201)
        }
        try await create(1)
        let tap = try ChildProcess(
            [Repository.fountain, "tap", "sequence.changed", "--from", "1", "--topology", topology],
            log: "\(directory.path)/tap.log"
        )
        #expect(await tap.next(1).first?.contains("script_1") == true)
        try await create(2)
        #expect(await tap.next(1).first?.contains("script_2") == true)
    }

    @Test func `statistics are shown again and again until they are not wanted any more`() async throws {
        let directory = try TemporaryDirectory()
        let fountain = try await RunningFountain(in: directory)
        let stats = try ChildProcess(
            [
                Repository.fountain, "stats", "kms", "--watch", "--topology",
                try RunningFountain.topology(in: directory),
            ],
            log: "\(directory.path)/stats.log"
        )
        try await stats.lines(upTo: "p99.9")
        _ = try await fountain.loggedIn()
        // What has happened since the first look is in a later one.
        try await stats.lines(upTo: "kms.login")
        try await stats.lines(upTo: "p99.9")
        stats.send(.terminate)
        #expect(await stats.exitCode() != 0)
    }

    // MARK: When nobody is there

    @Test func `ping without anybody there: exit code 1, every one is named`() async throws {
        let directory = try TemporaryDirectory()
        let topology = try RunningFountain.topology(in: directory, port: try FreePorts.take(1)[0])
        let all = try await Command.run(["ping", "--topology", topology])
        #expect(all.code == 1)
        #expect(all.lines.count == 5 && all.lines.allSatisfy { $0.hasPrefix("DOWN") }, "\(all)")
    }

    @Test func `a port that is taken is a sentence, not a stack trace`() async throws {
        let (directory, other) = (try TemporaryDirectory(), try TemporaryDirectory())
        let port = try FreePorts.take(1)[0]
        let fountain = try await RunningFountain(in: directory, port: port)
        let second = try await Command.run(["up", "--topology", try RunningFountain.topology(in: other, port: port)])
        #expect(second.code == 1)
        #expect(second.complaint.contains("127.0.0.1:\(port)"), "\(second)")
        #expect(second.complaint.contains("in use"), "\(second)")
        #expect(!second.complaint.contains("Error Domain") && !second.complaint.contains("Fatal error"), "\(second)")
        #expect(try await fountain.edge.get("/health").status == 200)
    }

    @Test func `a second ecosystem on the same data is refused, and the first one never notices`() async throws {
        let directory = try TemporaryDirectory()
        let fountain = try await RunningFountain(in: directory)
        let topology = try RunningFountain.topology(in: directory)
        let second = try await Command.run(["up", "--topology", topology])
        #expect(second.code == 1)
        #expect(second.complaint.contains("already running on \(directory.path)"), "\(second)")
        let pong = try await Command.run(["ping", "kms", "--topology", topology])
        #expect(pong.code == 0, "\(pong)")
        _ = try await fountain.loggedIn()
    }

    @Test func `a service that the topology does not have is refused with those that it has`() async throws {
        let directory = try TemporaryDirectory()
        let topology = try RunningFountain.topology(in: directory)
        let answer = try await Command.run(["serve", "weather", "--topology", topology])
        #expect(answer.code == 1)
        #expect(
            answer.complaint.contains("Choose one of") && answer.complaint.contains("typesense_client"),
            "\(answer)"
        )
    }

    // MARK: Without an ecosystem

    @Test(arguments: ["topology/local.yaml", "topology/test.yaml", "topology/compose.yaml"])
    func `our topologies are good`(_ file: String) async throws {
        let answer = try await Command.run(["topology", "check", file])
        #expect(answer.code == 0 && answer.output.contains("good"), "\(answer)")
    }

    @Test func `a mistake in a topology is named with file, line and field`() async throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write("bad.yaml", "name: bad\nkind: test\ngateway:\n  lisen: 127.0.0.1:0\n")
        let answer = try await Command.run(["topology", "check", file])
        #expect(answer.code == 1)
        #expect(answer.complaint.contains("bad.yaml:4") && answer.complaint.contains("listen"), "\(answer)")
    }

    @Test(
        arguments: [
            "", "up", "serve", "demo", "ping", "info", "stats", "call", "tap", "load", "import", "export", "screenplay",
            "topology", "topology check",
            "topology graph", "topology keys", "doctor",
            "admin", "admin bootstrap", "admin rewrap", "audit", "audit verify", "qr", "search", "search verify",
            "search reindex",
        ]
    )
    func `every command explains itself`(_ command: String) async throws {
        let answer = try await Command.run(command.split(separator: " ").map(String.init) + ["--help"])
        #expect(answer.code == 0)
        #expect(answer.output.contains("USAGE: fountain \(command)"), "\(answer)")
    }

    @Test func `an unknown option is a usage error`() async throws {
        #expect(try await Command.run(["up", "--loud"]).code == 64)
    }

    @Test(arguments: ["1e300", "-1", "nan", "inf", "1e18"])
    func `so is a time that no call can take`(_ seconds: String) async throws {
        #expect(try await Command.run(["call", "bus.ping", "--timeout=\(seconds)"]).code == 64)
    }
}
