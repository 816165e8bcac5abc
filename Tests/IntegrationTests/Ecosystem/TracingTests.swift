// One request across the gateway and the services behind it.

import Bus
import Ecosystem
import EcosystemTesting
import Synchronization
import Testing

@Suite(.tags(.integration), .witnessed, .timeLimit(.minutes(2))) struct TracingTests {
    private func story(of trace: String?, in ecosystem: TestEcosystem) async throws -> TraceStory {
        try await TraceStory.collect(SpanQuery(trace: trace), by: ecosystem.bus, in: ecosystem.ecosystem.topology)
    }

    private func trace(of answer: EdgeClient.Answer) throws -> String {
        String(try #require(answer.header("traceparent")).split(separator: "-")[1])
    }

    @Test func `a write is told from the gateway to the index`() async throws {
        try await TestEcosystem.run { ecosystem in
            let ada = try await ecosystem.loggedIn()
            let element: JSONValue = ["elementType": "script", "elementId": 1, "comment": "told"]
            let answer = try await ada.post("/service_a/sequence", element, headers: [("Idempotency-Key", "k")])
            let trace = try trace(of: answer)
            // The event is followed after the answer.
            var told = try await story(of: trace, in: ecosystem)
            while !told.parts.contains(where: { $0.span.kind == .followed }) {
                told = try await story(of: trace, in: ecosystem)
            }
            let text = told.lines.joined(separator: "\n")
            for words in [
                "POST /service_a/sequence", "  calls service_a.sequence", "    service_a.sequence", "queue ", "work ",
                "wire ", "follows sequence.changed",
            ] { #expect(text.contains(words), "\(text)") }
            #expect(told.silent.isEmpty && Set(told.parts.map(\.service)).isSuperset(of: ["gateway", "service_a"]))

            let again = try await ada.post("/service_a/sequence", element, headers: [("Idempotency-Key", "k")])
            let repeated = try await story(of: try self.trace(of: again), in: ecosystem)
            #expect(repeated.lines.joined().contains("answered before under its key"))
        }
    }

    @Test func `what failed is listed with its trace, and callers' mistakes are not`() async throws {
        // Nothing is slow here, whatever else the machine does.
        let yaml = TestTopology.inProcess.replacing("bus: {", with: "bus: {spans: {slow: 3600s}, ")
        try await TestEcosystem.run(yaml: yaml) { ecosystem in
            let ada = try await ecosystem.loggedIn()
            #expect(try await ada.post("/service_a/sequence", ["elementType": "script"]).status == 400)
            try await ecosystem.kill("service_a")
            let failed = try await ada.get("/service_a/sequences")
            #expect(failed.status == 503)
            let list = try await story(of: nil, in: ecosystem)
            let trace = try trace(of: failed)
            #expect(list.list.contains { $0.contains(trace) && $0.contains("ended with 503") })
            #expect(!list.list.contains { $0.contains("ended with 400") })
            #expect(list.silent.contains { $0.hasPrefix("service_a:") })
        }
    }

    @Test func `a step that is not answered as it should be tells its own story`() async throws {
        let told = await #expect(throws: UnexpectedAnswer.self) {
            try await TestEcosystem.run { ecosystem in
                let ada = try await ecosystem.loggedIn()
                try (try await ada.get("/service_a/sequence/script/7")).require(200)
            }
        }
        #expect(told?.description.contains("got 404") == true)
        #expect(told?.description.contains("service_a.sequence.read") == true)
        #expect(told?.description.contains("ended with not_found") == true)
    }

    @Test func `what a test finds wrong is told with where the time of the answer before it went`() async throws {
        let told = Mutex<[String]>([])
        let witness = AnswerWitness { lines in told.withLock { $0 += lines } }
        try await AnswerWitness.$current.withValue(witness) {
            try await TestEcosystem.run { ecosystem in
                let ada = try await ecosystem.loggedIn()
                _ = try await ada.get("/service_a/sequence?elementType=script")
                // What an expectation that fails does, in a suite that is `.witnessed`; and a second one behind the same answer.
                #expect(witness.suspect() == [] && witness.suspect() == [])
            }
        }
        let lines = told.withLock(\.self)
        #expect(lines.first == "GET /service_a/sequence?elementType=script was answered 200:")
        #expect(lines.count { $0.hasPrefix("trace ") } == 1, "\(lines)")
        #expect(lines.contains { $0.contains("gateway") && $0.contains("calls service_a.sequence.list") }, "\(lines)")
    }

    @Test func `a test that ends by another mistake is told of, one that ends by an answer only once`() async throws {
        struct Mistake: Error {}
        let told = Mutex<[String]>([])
        let witness = AnswerWitness { lines in told.withLock { $0 += lines } }
        await AnswerWitness.$current.withValue(witness) {
            await #expect(throws: Mistake.self) {
                try await TestEcosystem.run { ecosystem in
                    _ = try await ecosystem.edge.get("/nowhere")
                    throw Mistake()
                }
            }
            #expect(told.withLock { $0.first } == "GET /nowhere was answered 404:")
            told.withLock { $0 = [] }
            await #expect(throws: UnexpectedAnswer.self) {
                try await TestEcosystem.run { try (try await $0.edge.get("/nowhere")).require(200) }
            }
            #expect(told.withLock(\.self) == [])
        }
    }
}
