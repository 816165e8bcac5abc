// The checks that are safe on live data: they find what is wrong, and write nothing.

import Bus
import Contracts
import Ecosystem
import EcosystemTesting
import Foundation
import Gateway
import Logging
import Testing
import Topology

@Suite(.tags(.integration), .witnessed, .timeLimit(.minutes(2))) struct CheckupTests {
    private static var anyRoom: Checkup.Limits {
        var limits = Checkup.Limits()
        limits.free = 0
        return limits
    }

    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func findings(_ ecosystem: TestEcosystem, _ limits: Checkup.Limits = .init()) async throws -> [Finding] {
        var topology = ecosystem.ecosystem.topology
        topology.gateway.listen.port = try #require(ecosystem.ecosystem.gateway?.listeners.first?.address.port)
        for index in topology.services.indices { topology.services[index].port = nil }
        var found: [Finding] = []
        try await Checkup(topology, limits: limits, logger: Self.quiet).examine(by: ecosystem.bus) { found.append($0) }
        return found
    }

    /// Every file below the data directory, but sockets.
    private func files(_ ecosystem: TestEcosystem) throws -> [String: Data] {
        let root = ecosystem.directory
        let names = try FileManager.default.subpathsOfDirectory(atPath: root)
        return names.reduce(into: [:]) { $0[$1] = FileManager.default.contents(atPath: "\(root)/\($1)") }
    }

    @Test func `a system in order is found so, and is afterwards to the byte what it was before`() async throws {
        try await TestEcosystem.run(yaml: TestTopology.overIPC) { ecosystem in
            let ada = try await ecosystem.loggedIn()
            for id in 1...20 {
                let element: JSONValue = ["elementType": "script", "elementId": .integer(id), "comment": "kept"]
                try (try await ada.post("/service_a/sequence", element)).require(201)
            }
            // Until one goes by in which nobody else writes: search follows, verifies by its own clock, and logs are copied into files. If the
            // check itself wrote, there would be none.
            var (before, found): ([String: Data], [Finding]) = ([:], [])
            while try files(ecosystem) != before {
                before = try files(ecosystem)
                found = try await findings(ecosystem, Self.anyRoom)
            }
            #expect(found.filter { !$0.isGood }.map(\.line) == [])
            #expect(found.contains { $0.claim == "kms: its audit log is whole" })
            #expect(found.contains { $0.claim == "certificate: not looked at" && $0.remark == "no --origin" })
        }
    }

    @Test func `who is away is found`() async throws {
        try await TestEcosystem.run(yaml: TestTopology.overIPC) { ecosystem in
            try await ecosystem.kill("2fa")
            let bad = try await findings(ecosystem).filter { !$0.isGood }.map(\.claim)
            #expect(bad.contains("2fa: answers") && bad.contains("2fa: its audit log is whole"))
            #expect(!bad.contains("kms: its audit log is whole"))
        }
    }

    @Test func `an audit log that was changed and an index that lost a document are found, and left so`() async throws {
        try await TestEcosystem.run(yaml: TestTopology.overIPC) { ecosystem in
            let ada = try await ecosystem.loggedIn()
            for id in 1...20 {
                let element: JSONValue = ["elementType": "script", "elementId": .integer(id), "comment": "kept"]
                try (try await ada.post("/service_a/sequence", element)).require(201)
            }
            try await ada.untilSearch(for: "kept", finds: 20)
            let changes = """
                import sqlite3, sys
                kms, search = (sqlite3.connect(f"{sys.argv[1]}/{name}.sqlite", timeout=30) for name in ("kms", "typesense_client"))
                kms.executescript("DROP TRIGGER audit_stays; UPDATE audit SET subject = 'nobody' WHERE number = 1")
                search.executescript("DELETE FROM document WHERE id = 'script_7'")
                """
            let change = try ChildProcess(["/usr/bin/python3", "-c", changes, ecosystem.directory])
            try #require(await change.exitCode() == 0, "\(change.complaints)")
            for _ in 1...2 {
                let bad = try await findings(ecosystem, Self.anyRoom).filter { !$0.isGood }.map(\.line)
                // The search verifies by its own clock as well, and where it has, it says at `/ready` what it found.
                let said = bad.filter { $0.contains("ready for everything") && $0.contains("in the index 1 are not") }
                #expect(bad.count - said.count == 2, "\(bad)")
                #expect(bad.contains { $0.contains("kms: its audit log is whole") && $0.contains("chain is broken") })
                #expect(bad.contains { $0.contains("its index is what its source") && $0.contains("script_7 missing") })
            }
        }
    }

    @Test func `a disk that has less room than is wanted is found`() async throws {
        try await TestEcosystem.run(yaml: TestTopology.overIPC) { ecosystem in
            var limits = Checkup.Limits()
            limits.free = 100
            let bad = try await findings(ecosystem, limits).filter { !$0.isGood }
            #expect(bad.map(\.claim) == ["\(ecosystem.directory): has room"], "\(bad.map(\.line))")
        }
    }
}
