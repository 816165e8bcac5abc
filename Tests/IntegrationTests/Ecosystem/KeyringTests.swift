// Two hosts with one database: a replica whose master keys are not those of the store does not start, and the doctor finds two that differ.

import Bus
import DatabaseServer
import Ecosystem
import Foundation
import FountainService
import Logging
import Processes
import Secrets
import Testing
import Topology

@Suite(.tags(.integration), .witnessed, .timeLimit(.minutes(4))) struct KeyringTests {
    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private let server: DatabaseServer
    private let directory: TemporaryDirectory
    private let ports: [Int]

    init() async throws {
        server = try DatabaseServer()
        directory = try TemporaryDirectory()
        ports = try FreePorts.take(8)
    }

    /// The topology as a host sees it: with a data directory of its own.
    private func topology(_ host: String) throws -> Topology {
        let replicas = ["kms", "2fa"].enumerated().map { index, service in
            let numbers = ports[(index * 4)..<(index * 4 + 4)].map { "tcp://127.0.0.1:\($0)" }
            return """
                  \(service):
                    replicas:
                      - {calls: "\(numbers[0])", events: "\(numbers[1])"}
                      - {calls: "\(numbers[2])", events: "\(numbers[3])"}
                """
        }
        let yaml = """
            name: test
            kind: test
            bus: {transport: tcp, plaintext: true}
            services:
            \(replicas.joined(separator: "\n"))
            gateway: {listen: "127.0.0.1:0"}
            kms: {scrypt: {ln: 4, r: 1, p: 1}}
            two_factor: {delivery: sink}
            \(server.stores)
            """
        let own = "\(directory.path)/\(host)"
        return try Topology.parse(yaml: yaml, file: "test", dataDirectory: own, environment: [:])
    }

    private func start(_ service: String, replica: Int, at host: String) async throws -> Ecosystem {
        try await Ecosystem.build(topology(host), .only(service, replica: replica), logger: Self.quiet)
    }

    private func copyKeys(of services: String..., from: String, to: String) throws {
        try DataLayout(topology(to)).prepare()
        for service in services {
            let path = { (host: String) in "\(directory.path)/\(host)/keys/\(service).keyring" }
            try? FileManager.default.removeItem(atPath: path(to))
            try FileManager.default.copyItem(atPath: path(from), toPath: path(to))
        }
    }

    @Test(arguments: ["kms", "2fa"]) func `a replica with other master keys does not start, and says what to do`(
        service: String
    ) async throws {
        let first = try await start(service, replica: 1, at: "one")
        let failure = await #expect(throws: Failure.self) { try await start(service, replica: 2, at: "two") }
        #expect(failure?.code == .conflict)
        let said = failure?.detail ?? ""
        #expect(said.contains("two/keys/\(service).keyring has another master key 1"), "\(said)")
        #expect(said.contains("copy the file from a host where \(service) runs"))
        // A key more, which the first one has not got.
        try copyKeys(of: service, from: "one", to: "two")
        _ = try DataLayout(topology("two")).keyringFile(service).rotate()
        let early = await #expect(throws: Failure.self) { try await start(service, replica: 2, at: "two") }
        #expect(early?.detail.contains("fountain admin rewrap") == true, "\(early?.detail ?? "")")
        try copyKeys(of: service, from: "one", to: "two")
        let second = try await start(service, replica: 2, at: "two")
        try await first.kill(service)
        try await second.kill(service, replica: 2)
    }

    @Test func `the doctor names the replica whose master keys differ`() async throws {
        let first = try await ["kms": start("kms", replica: 1, at: "one"), "2fa": start("2fa", replica: 1, at: "one")]
        try copyKeys(of: "kms", "2fa", from: "one", to: "two")
        var second = ["2fa": try await start("2fa", replica: 2, at: "two")]
        // As if the record had been lost, and with it what keeps the second one out.
        try server.ask("DELETE FROM fountain_kms.master_key")
        try FileManager.default.removeItem(atPath: "\(directory.path)/two/keys/kms.keyring")
        second["kms"] = try await start("kms", replica: 2, at: "two")
        var found: [Finding] = []
        try await Doctor(topology("one"), logger: Self.quiet).examine { found.append($0) }
        let about = found.filter { $0.claim.contains("its replicas have the same keyring") }
        #expect(about.map(\.claim).map { $0.prefix(3) } == ["kms", "2fa"])
        #expect(about.map(\.isGood) == [false, true], "\(found.map(\.line))")
        #expect(about.first?.remark.hasPrefix("kms-2 has 1:") == true)
        for (service, ecosystem) in first { try await ecosystem.kill(service) }
        for (service, ecosystem) in second { try await ecosystem.kill(service, replica: 2) }
    }
}
