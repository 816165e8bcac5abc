// Faults in a whole ecosystem.

import Bus
import Contracts
import EcosystemTesting
import Testing

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
            #expect(await ecosystem.wires["service_a"]?.events.dropped ?? 0 > 0)
        }
    }

    @Test func `who is not there cannot be killed`() async throws {
        try await TestEcosystem.run { ecosystem in
            let failure = await #expect(throws: Failure.self) { try await ecosystem.kill("weather") }
            #expect(failure?.code == .notFound)
        }
    }
}
