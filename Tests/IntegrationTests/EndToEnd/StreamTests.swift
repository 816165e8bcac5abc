// Standard streams that are full, closed, or read by nobody (issue 9, row 3): a service goes on, a command ends with an exit code and a
// sentence. The shell gives them; nothing else here is the shell's.

import Bus
import Ecosystem
import EcosystemTesting
import Foundation
import HTTPClient
import Processes
import Testing

@Suite(.tags(.endToEnd), .witnessed, .timeLimit(.minutes(3))) struct StreamTests {
    /// Descriptor 9 is a pipe whose reader has gone.
    private static let deafPipe = "exec 9> >(true); wait $!; "

    // MARK: Services

    @Test(
        arguments: [
            "2>/dev/full", "2>&-", "2>&9", "2>/dev/full >/dev/full", "2>&- >&-", ">/dev/full", ">&9 2>&9",
        ]
    )
    func `a service goes on whatever becomes of its streams`(_ streams: String) async throws {
        let directory = try TemporaryDirectory()
        let fountain = try await Fountain(in: directory, streams)
        let client = try await fountain.edge.loggedIn(as: "ada")
        for id in 1...40 { try await create(id, client) }
        fountain.process.send(.terminate)
        #expect(await fountain.process.exitCode() == 0, "\(fountain.process.complaints)")
        // The first file that a service opens must not have become its log.
        let verified = try await Command.run(["audit", "verify", "--topology", fountain.topology])
        #expect(verified.code == 0, "\(verified)")
    }

    @Test func `a reader that does not read holds up nobody, and is told later what it missed`() async throws {
        let directory = try TemporaryDirectory()
        let pipe = "\(directory.path)/pipe"
        #expect(unsafe mkfifo(pipe, 0o600) == 0)
        let fountain = try await Fountain(in: directory, "2<>\(pipe)", log: "log: {buffer: 4KiB}\n")
        let client = try await fountain.edge.loggedIn(as: "ada")
        // More lines than the pipe and the buffer hold.
        for _ in 1...600 { try (try await client.get("/service_a/sequence?elementType=script")).require(200) }
        let reader = try #require(FileHandle(forReadingAtPath: pipe))
        let listener = Listener(reader)
        for id in 1...5 { try await create(id, client) }
        fountain.process.send(.terminate)
        let code = await fountain.process.exitCode()
        let lines = await listener.text().split(separator: "\n")
        #expect(code == 0, "\(lines.suffix(5))")
        #expect(lines.contains { $0.contains(#""message":"log lines were dropped","log.dropped":"#) })
        #expect(lines.filter { !($0.hasPrefix("{") && $0.hasSuffix("}")) } == [])
    }

    private func create(_ id: Int, _ client: EdgeClient) async throws {
        let body: JSONValue = ["elementType": "script", "elementId": .integer(id), "comment": "x"]
        try (try await client.post("/service_a/sequence", body)).require(201)
    }

    // MARK: Commands

    private static let streams = [">/dev/full", ">&-", ">&9", ">/dev/full 2>/dev/full", ">&- 2>&-"]

    @Test(
        arguments: [
            "topology check topology/local.yaml", "topology graph topology/local.yaml", "--help", "help up", "qr",
            "--generate-completion-script bash", "topology check /nowhere", "up --loud", "topology keys --check",
        ],
        streams
    )
    func `a command without anybody to hear it ends with a code and a sentence`(
        _ command: String,
        _ streams: String
    ) async throws {
        let answer = try await Self.run("echo otpauth://totp/x | \(Repository.fountain) \(command) \(streams)")
        #expect((1...64).contains(answer.code), "\(answer)")
        if !streams.contains("2>") { #expect(answer.complaint.split(separator: " ").count > 3, "\(answer)") }
    }

    @Test func `so does a command beside a running ecosystem`() async throws {
        let directory = try TemporaryDirectory()
        let fountain = try await Fountain(in: directory, "")
        let client = try await fountain.edge.loggedIn(as: "ada")
        try await create(1, client)
        for command in [
            "ping", "info", "info --json", "stats", "stats --watch", "call kms.jwks", "tap sequence.changed --from 1",
            "doctor",
        ] {
            for streams in Self.streams {
                let answer = try await Self.run(
                    "\(Repository.fountain) \(command) --topology \(fountain.topology) \(streams)"
                )
                #expect(answer.code == 1, "\(command) \(streams): \(answer)")
                if !streams.contains("2>") {
                    #expect(answer.complaint.contains("Standard output cannot be written to"), "\(command): \(answer)")
                }
            }
        }
    }

    private static func run(_ line: String) async throws -> Command {
        let directory = try TemporaryDirectory()
        let process = try ChildProcess(["bash", "-c", deafPipe + line], log: "\(directory.path)/stderr")
        let lines = await process.next(.max)
        return Command(lines: lines, complaint: process.complaints, code: await process.exitCode())
    }

    // MARK: -

    /// Reads to the end on a thread of its own.
    private struct Listener {
        private let heard: AsyncStream<Data>

        init(_ reader: FileHandle) {
            let (heard, ear) = AsyncStream<Data>.makeStream()
            self.heard = heard
            Thread.detachNewThread {
                while let data = try? reader.read(upToCount: 1 << 16), !data.isEmpty { ear.yield(data) }
                ear.finish()
            }
        }

        func text() async -> String {
            var all = Data()
            for await data in heard { all += data }
            return String(decoding: all, as: UTF8.self)
        }
    }

    /// `fountain up` with streams of a shell's making; it need not be able to say that it is ready.
    private struct Fountain {
        let topology: String
        let process: ChildProcess
        let edge: EdgeClient

        init(in directory: TemporaryDirectory, _ streams: String, log: String = "") async throws {
            let port = try FreePorts.take(1)[0]
            let file = try RunningFountain.topology(in: directory, port: port)
            topology = try directory.write(
                "streams.yaml",
                try String(contentsOfFile: file, encoding: .utf8) + "\n" + log
            )
            process = try ChildProcess(
                [
                    "bash", "-c",
                    StreamTests.deafPipe + "exec \(Repository.fountain) up --topology \(topology) \(streams)",
                ],
                log: "\(directory.path)/log"
            )
            edge = EdgeClient(origin: "http://127.0.0.1:\(port)", http: HTTPClient()).explained(by: topology)
            while try await Command.run(["ping", "--topology", topology]).code != 0 { try Task.checkCancellation() }
            // The services answer; the gateway may not have met all of them yet.
            while try await edge.get("/ready").status != 200 {
                try Task.checkCancellation()
                await Task.yield()
            }
        }
    }
}
