// Who looks after a system of several processes, from a host on which none of them runs: `fountain check`, `explain` and `logs`, with a key that may look
// and not touch.

import Bus
import Ecosystem
import EcosystemTesting
import Foundation
import Testing

@Suite(.tags(.endToEnd), .witnessed, .timeLimit(.minutes(3))) struct OperatorTests {
    @Test
    func `a check over tcp with keys says in a line each that all is well, and what is not once a service is gone`()
        async throws
    {
        let ecosystem = try await ComposedEcosystem()
        let ada = try await ecosystem.firstAdmin()
        try (try await ada.post("/service_a/sequence", Self.element(1))).require(201)
        let well = try await ecosystem.run(["check"], on: "operator")
        #expect(well.code == 0 && well.complaint.isEmpty, "\(well)")
        #expect(well.lines.allSatisfy { $0.hasPrefix("ok      ") }, "\(well)")
        for claim in [
            "gateway: ready for everything", "kms: its audit log is whole", "2fa: its audit log is whole",
            "gateway calls : refuses who comes in the clear", "gateway events: refuses an unknown key",
            "gateway: its clock agrees with this host's", "gateway: consumers keep up, links stand",
            "service_a: consumers keep up, links stand", "service_a: where its data directory is: has room",
            "typesense_client: its index is what its source says  (1 elements compared)",
        ] { #expect(well.lines.contains { $0.contains(claim) }, "\(claim)\n\(well)") }
        // Until one goes by in which nobody else writes: if the check itself wrote, there would be none.
        var (before, after): (RowsOnDisk?, RowsOnDisk?) = (nil, try await RowsOnDisk(of: ecosystem.data))
        while before != after {
            before = after
            let silent = try await ecosystem.run(["check", "--quiet"], on: "operator")
            #expect(silent.code == 0 && silent.lines.isEmpty, "\(silent)")
            after = try await RowsOnDisk(of: ecosystem.data)
        }
        #expect(after?.counts["service_a/service_a.sqlite event"] == 1, "\(after?.counts ?? [:])")

        await ecosystem.end("2fa", by: .kill)
        let ill = try await ecosystem.run(["check", "--quiet"], on: "operator")
        #expect(ill.code == 1 && ill.complaint.isEmpty, "\(ill)")
        #expect(ill.lines.allSatisfy { $0.hasPrefix("FAILED  ") }, "\(ill)")
        #expect(ill.lines.contains { $0.hasPrefix("FAILED  2fa: its audit log is whole") }, "\(ill)")
        #expect(ill.lines.contains { $0.hasPrefix("FAILED  gateway: ready for everything  (HTTP 503") }, "\(ill)")
        #expect(!ill.lines.contains { $0.contains("kms: its audit log") }, "\(ill)")
        // Nothing to come with is neither well nor ill.
        let stranger = try await Command.run(["check", "--topology", ecosystem.topology])
        #expect(stranger.code == 2 && stranger.lines.isEmpty && !stranger.complaint.isEmpty, "\(stranger)")
    }

    @Test func `a request is told by its trace from the gateway to the index, as lines and as JSON`() async throws {
        let ecosystem = try await ComposedEcosystem()
        let ada = try await ecosystem.firstAdmin()
        let answer = try await ada.post("/service_a/sequence", Self.element(7))
        try answer.require(201)
        try await ada.untilSearch(for: "number 7", finds: 1)
        let trace = String(try #require(answer.header("traceparent")).split(separator: "-")[1])
        let told = try await ecosystem.run(["explain", trace], on: "operator")
        #expect(told.code == 0, "\(told)")
        #expect(told.lines.first?.hasPrefix("trace \(trace), ") == true, "\(told)")
        for words in [
            "gateway             POST /service_a/sequence", "gateway               calls service_a.sequence", "wire ",
            "service_a  ", "queue ", "work ", "disk ", "follows sequence.changed",
        ] { #expect(told.output.contains(words), "\(words)\n\(told)") }
        #expect(!told.output.contains("not asked"), "\(told)")

        let logged = try await ecosystem.run(["logs", "--trace", trace], on: "operator")
        #expect(logged.code == 0, "\(logged)")
        let lines = try logged.lines.map { try JSONDecoder().decode(JSONValue.self, from: Data($0.utf8)) }
        #expect(
            Set(lines.compactMap { $0["service"].string }).isSuperset(of: ["gateway", "service_a", "typesense_client"])
        )
        #expect(lines.allSatisfy { $0["span"]["trace"].string == trace }, "\(logged)")
        let nobody = try await ecosystem.run(["explain", String(repeating: "7", count: 32)], on: "operator")
        #expect(nobody.code == 1 && nobody.lines == ["Nobody remembers this trace."], "\(nobody)")
    }

    private static func element(_ number: Int) -> JSONValue {
        ["elementType": "script", "elementId": .integer(number), "comment": .string("number \(number)")]
    }
}
