// The running system, and `fountain doctor` beside it: what is right it proves, what is wrong it finds.

import Foundation
import Processes
import Testing

@testable import Ecosystem

@Suite(.tags(.endToEnd), .witnessed, .timeLimit(.minutes(3))) struct SecurityTests {
    let directory: TemporaryDirectory
    let topology: SecuredTopology
    let ports: [Int]

    init() async throws {
        directory = try TemporaryDirectory()
        ports = try FreePorts.take(9)
        topology = try SecuredTopology(in: directory, ports: ports)
        let made = try await Command.run(["topology", "keys", topology.path])
        #expect(made.code == 0, "\(made)")
    }

    func up(_ file: String? = nil) async throws -> ChildProcess {
        let arguments = [Repository.fountain, "up", "--topology", file ?? topology.path]
        let process = try ChildProcess(arguments, log: "\(directory.path)/log")
        try await process.lines(upTo: "ready:")
        return process
    }

    func fountain(_ arguments: String...) async throws -> Command {
        try await Command.run(arguments + ["--topology", topology.path])
    }

    func chmod(_ mode: Int, _ path: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    @Test func `the doctor proves that a secured ecosystem refuses what it should, and commands come as peers`()
        async throws
    {
        let running = try await up()
        let proven = try await fountain("doctor")
        #expect(proven.code == 0 && proven.lines.last == "all is well", "\(proven)")
        for service in ["kms", "2fa", "service_a", "typesense_client"] {
            for claim in ["in the clear", "an unknown key", "a call that operator is not granted"] {
                let isProven = proven.lines.contains { $0.hasPrefix("ok      \(service) calls") && $0.contains(claim) }
                #expect(isProven, "\(service): \(claim)\n\(proven)")
            }
        }
        #expect(proven.lines.contains { $0.contains("service_a events: tells who subscribes to what it may not have") })
        let refused = try await fountain("call", "kms.tokens.stepup", "{}")
        #expect(refused.code == 1 && refused.complaint.contains("forbidden"), "\(refused)")
        let asGateway = try await fountain("call", "kms.jwks", "--as", "gateway")
        #expect(asGateway.code == 0, "\(asGateway)")
        let stats = try await fountain("stats", "kms")
        #expect(stats.output.contains("listens with CURVE"), "\(stats)")
        // The doctor's own attempts have been counted.
        #expect(!stats.output.contains("with CURVE, 0 handshakes"), "\(stats)")
        running.send(.terminate)
        #expect(await running.exitCode() == 0)
    }

    @Test func `the doctor finds a secret key that others may read`() async throws {
        let running = try await up()
        try chmod(0o644, "\(directory.path)/bus-keys/kms.secret")
        let found = try await fountain("doctor")
        #expect(found.code == 1, "\(found)")
        #expect(
            found.lines.contains { $0.hasPrefix("FAILED") && $0.contains("kms.secret") && $0.contains("0644") },
            "\(found)"
        )
        // The service would not start with it again.
        let again = try await fountain("serve", "kms", "--data-dir", "\(directory.path)/other")
        #expect(again.code == 1 && again.complaint.contains("0644"), "\(again)")
        running.send(.terminate)
        _ = await running.exitCode()
    }

    @Test func `the doctor finds an ecosystem that runs in the clear where it should not`() async throws {
        let running = try await up(try SecuredTopology(in: directory, ports: ports, isPlain: true).path)
        let found = try await fountain("doctor")
        #expect(found.code == 1, "\(found)")
        #expect(found.lines.contains { $0.hasPrefix("FAILED  kms calls") }, "\(found)")
        let open = try await Command.run(["doctor", "--topology", "\(directory.path)/plain.yaml"])
        #expect(open.code == 1 && open.output.contains("bus.plaintext is true"), "\(open)")
        running.send(.terminate)
        _ = await running.exitCode()
    }

    @Test func `the doctor finds that nobody is there`() async throws {
        let found = try await fountain("doctor")
        #expect(found.code == 1 && found.lines.contains { $0.hasPrefix("FAILED  kms calls") }, "\(found)")
    }

    /// Both keys are accepted after one reload, and the old one is refused after another; the process never ends.
    @Test func `a key is replaced in a running ecosystem`() async throws {
        let running = try await up()
        let secret = "\(directory.path)/bus-keys/operator.secret"
        #expect(try await Command.run(["topology", "keys", topology.path, "--add", "operator"]).code == 0)
        try FileManager.default.copyItem(atPath: secret, toPath: secret + ".old")
        try use("next", secret)
        #expect(try await fountain("ping", "kms").code == 1)
        running.send(.reload)
        while try await fountain("ping", "kms").code != 0 { try Task.checkCancellation() }
        try use("old", secret)
        #expect(try await fountain("ping", "kms").code == 0)
        try use("next", secret)
        let publicKeys = "\(directory.path)/bus-keys/operator.public"
        let both = try String(contentsOfFile: publicKeys, encoding: .utf8)
        #expect(try await Command.run(["topology", "keys", topology.path, "--retire", "operator"]).code == 0)
        running.send(.reload)
        while running.complaints.components(separatedBy: "read the peers anew").count < 3 {
            try Task.checkCancellation()
            await Task.yield()
        }
        let proven = try await fountain("doctor")
        #expect(proven.code == 0, "\(proven)")
        // A command that would still list the old key, and come with it: what counts is what the ecosystem knows.
        try both.write(toFile: publicKeys, atomically: true, encoding: .utf8)
        try use("old", secret)
        let refused = try await fountain("ping", "kms")
        #expect(refused.code == 1 && refused.output.contains("does not let this peer in"), "\(refused)")
        running.send(.terminate)
        #expect(await running.exitCode() == 0)
    }

    private func use(_ which: String, _ secret: String) throws {
        try FileManager.default.removeItem(atPath: secret)
        try FileManager.default.copyItem(atPath: "\(secret).\(which)", toPath: secret)
        try chmod(0o600, secret)
    }

    // MARK: On one host

    @Test func `the doctor proves what protects an ecosystem of one host, and finds a directory that is open`()
        async throws
    {
        let port = try FreePorts.take(1)[0]
        let running = try await RunningFountain(in: directory, port: port)
        let local = ["doctor", "--topology", try RunningFountain.topology(in: directory, port: port)]
        let proven = try await Command.run(local)
        #expect(proven.code == 0, "\(proven)")
        #expect(proven.lines.contains { $0.hasPrefix("ok") && $0.contains("port \(port)") }, "\(proven)")
        #expect(proven.lines.contains { $0.contains("kms.keyring") && $0.contains("0600") }, "\(proven)")
        try chmod(0o755, "\(directory.path)/data/run")
        try chmod(0o640, "\(directory.path)/data/keys/kms.keyring")
        let found = try await Command.run(local)
        #expect(found.code == 1, "\(found)")
        #expect(
            found.lines.contains { $0.hasPrefix("FAILED") && $0.contains("chmod 0700 \(directory.path)/data/run") },
            "\(found)"
        )
        #expect(found.lines.contains { $0.hasPrefix("FAILED") && $0.contains("kms.keyring") }, "\(found)")
        running.process.send(.terminate)
        _ = await running.process.exitCode()
    }
}
