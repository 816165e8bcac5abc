// Faults in a whole ecosystem.

import Bus
import Contracts
import Foundation
import Testing
import Topology

@testable import EcosystemTesting

@Suite(.timeLimit(.minutes(2))) struct TestEcosystemFaultTests {
    /// Creates a script, trying again with the same key until it is answered; nobody knows whether the first try was done.
    private func create(_ id: Int, _ ecosystem: TestEcosystem) async throws -> Int {
        let element = CreateElement(
            elementType: .script,
            elementId: try #require(ElementID(id)),
            comment: try #require(Comment("line \(id)"))
        )
        while true {
            try Task.checkCancellation()
            let answer = try? await ecosystem.bus.call(
                SequenceOperations.create,
                element,
                idempotencyKey: "create-\(id)",
                timeout: .milliseconds(500)
            )
            if let answer { return answer.sequenceNumber }
        }
    }

    private func untilFound(_ count: Int, _ ecosystem: TestEcosystem) async throws {
        while await found(ecosystem) != count {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    private func found(_ ecosystem: TestEcosystem) async -> Int {
        let query = SearchRequest(query: .init("line") ?? .sample, queryBy: .init("comment") ?? .sample)
        return (try? await ecosystem.bus.call(SearchOperations.searchByQuery, query).found) ?? 0
    }

    @Test func `services that die and come back: numbers without holes, and the index has them all`() async throws {
        try await TestEcosystem.run { ecosystem in
            var numbers: [Int] = []
            for (round, victim) in ["service_a", "typesense_client", "service_a", "typesense_client"].enumerated() {
                for id in 1...10 { numbers.append(try await create(round * 10 + id, ecosystem)) }
                try await ecosystem.kill(victim)
                if victim == "typesense_client" { numbers.append(try await create(100 + round, ecosystem)) }
                try await ecosystem.restart(victim)
            }
            #expect(numbers == Array(1...42))
            try await untilFound(42, ecosystem)
        }
    }

    @Test func `an ecosystem on a bad line answers everything, once`() async throws {
        let bad = Faults(drop: 0.1, duplicate: 0.1, reorder: 0.1)
        let plan = FaultPlan(seed: 11, events: bad, calls: Faults(drop: 0.05), answers: Faults(drop: 0.05))
        try await TestEcosystem.run(faults: ["service_a": plan]) { ecosystem in
            var numbers: [Int] = []
            for id in 1...60 { numbers.append(try await create(id, ecosystem)) }
            #expect(numbers == Array(1...60))
            try await untilFound(60, ecosystem)
            #expect(try await ecosystem.wire("service_a").events.dropped > 0)
        }
    }

    /// Wires are for all of this topology's services, and only the first of them is there.
    @Test(arguments: [
        ("guestbok", "service_a, typesense_client, kms, 2fa"), ("kms 2", "service_a, typesense_client, kms, 2fa"),
    ])
    func `faults for nobody are refused`(_ name: String, _ known: String) async throws {
        let failure = await #expect(throws: Failure.self) {
            try await TestEcosystem.run(faults: ["kms": FaultPlan(seed: 1), name: FaultPlan(seed: 1)]) { _ in }
        }
        #expect(failure?.code == .notFound)
        #expect(failure?.detail == "There is nothing \"\(name)\" to give faults to; there are \(known).")
    }

    @Test func `of several replicas one is named, and its wire is found by that name alone`() async throws {
        let (context, twice) = (try BusContext(), "kms: {port: 0, replicas: [{}, {}]}")
        let stores =
            #"stores: {engine: postgresql, hosts: ["localhost:1"], database: d, user: u, password_file: /p, ca_file: /c}"#
        let yaml = TestTopology.inProcess.replacingOccurrences(of: "kms: {port: 0}", with: twice) + "\n\(stores)"
        var topology = try Topology.parse(yaml: yaml, file: "test", dataDirectory: "/tmp", environment: [:])
        let failure = await #expect(throws: Failure.self) {
            try await topology.putWires(["kms": FaultPlan(seed: 1)], context)
        }
        #expect(failure?.detail.contains("there are service_a, typesense_client, kms 1, kms 2, 2fa") == true)
        let wires = try await topology.putWires(["kms 2": FaultPlan(seed: 1)], context)
        let wire = try #require(wires["kms 2"])
        let addresses = topology.service("kms")?.replicas.map(\.calls.connect.description)
        #expect(addresses?.last == wire.address.calls && addresses?.first != wire.address.calls)
        await wire.close()
    }

    @Test func `there are no faults on a bus with keys`() async throws {
        var topology = try Topology.parse(
            yaml: TestTopology.inProcess,
            file: "test",
            dataDirectory: "/tmp",
            environment: [:]
        )
        topology.bus.transport = .tcp
        let context = try BusContext()
        #expect(try await topology.putWires([:], context).isEmpty)
        let failure = await #expect(throws: Failure.self) {
            try await topology.putWires(["kms": FaultPlan(seed: 1)], context)
        }
        #expect(failure?.code == .invalidRequest)
    }

    @Test func `a wire is asked for by its name, and says which there are`() async throws {
        try await TestEcosystem.run(faults: ["kms": FaultPlan(seed: 1)]) { ecosystem in
            let wire = try ecosystem.wire("kms")
            #expect(await wire.calls.messages > 0)
            let failure = #expect(throws: Failure.self) { try ecosystem.wire("service_a") }
            #expect(failure?.code == .notFound && failure?.detail.contains("these are: kms") == true)
        }
    }

    @Test func `a service without a port says so, and one that is not there`() async throws {
        try await TestEcosystem.run(services: [Ending.blueprint()]) { ecosystem in
            #expect(try await ecosystem.edge(of: "kms").post("/login", [:]).status == 400)
            for name in ["mayfly", "weather"] {
                let failure = #expect(throws: Failure.self) { try ecosystem.edge(of: name) }
                #expect(failure?.code == .notFound)
            }
            let failure = await #expect(throws: Failure.self) { try await ecosystem.untilFound("weather") }
            #expect(failure?.code == .notFound)
            try await ecosystem.untilFound("mayfly")
        }
    }

    @Test func `who is not there cannot be killed`() async throws {
        try await TestEcosystem.run { ecosystem in
            let failure = await #expect(throws: Failure.self) { try await ecosystem.kill("weather") }
            #expect(failure?.code == .notFound)
        }
    }
}
