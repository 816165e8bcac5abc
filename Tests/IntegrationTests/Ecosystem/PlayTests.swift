// A whole play goes in with sixteen clients at once: numbers, events and the index come out right.

import Bus
import Contracts
import Ecosystem
import EcosystemTesting
import Foundation
import Testing

@Suite(.tags(.integration), .witnessed, .timeLimit(.minutes(3))) struct PlayTests {
    /// As many elements as a play has, with the types mixed as a play mixes them; one line is told from the others by its words.
    static let play: [CreateElement] = (1...1_400).compactMap { number in
        let type: ElementType = number % 20 == 0 ? .section : number % 3 == 0 ? .action : .spokenWord
        guard let id = ElementID(number), let comment = Comment("line \(number) of the play, spoken aloud") else {
            return nil
        }
        return CreateElement(elementType: type, elementId: id, comment: comment)
    }

    @Test func `sixteen clients get every number once, without holes, and everything is found`() async throws {
        try await TestEcosystem.run { ecosystem in
            let user = try await ecosystem.loggedIn()
            let requests = try Self.play.map { [UInt8](try JSONEncoder().encode($0)) }
            let report = await LoadRun(clients: 16) { _ in }.send(requests, user)
            #expect(report.created == 1_400)
            for type in [ElementType.section, .action, .spokenWord] {
                let expected = Self.play.count { $0.elementType == type }
                #expect(try await numbers(of: type, ecosystem) == Array(1...expected))
            }
            try await everythingIsFound(user)
        }
    }

    @Test func `an open loop asks at its rate, and every request that was due is accounted for`() async throws {
        try await TestEcosystem.run { ecosystem in
            let user = try await ecosystem.loggedIn()
            let loop = OpenLoop(rate: 200, for: .seconds(1), clients: 8) { _ in }
            let report = await loop.send(.madeUp(from: 1), user)
            // Two hundred, give or take four times their root.
            #expect((144...256).contains(report.created), "\(report.lines)")
            #expect(report.failed == 0)
            let page = try await user.get("/service_a/sequence?elementType=spokenWord&limit=1")
            #expect(page["total"].integer == report.created, "\(page.text)")
        }
    }

    @Test func `an open loop ends where its file does`() async throws {
        try await TestEcosystem.run { ecosystem in
            let user = try await ecosystem.loggedIn()
            let requests = try Self.play.prefix(20).map { [UInt8](try JSONEncoder().encode($0)) }
            let report = await OpenLoop(rate: 2_000, for: .seconds(60), clients: 4) { _ in }.send(
                .lines(requests),
                user
            )
            #expect(report.created == 20 && report.failed == 0, "\(report.lines)")
        }
    }

    private func numbers(of type: ElementType, _ ecosystem: TestEcosystem) async throws -> [Int] {
        let subscription = try await ecosystem.bus.subscribe(SequenceOperations.changed, from: .offset(1))
        var numbers: [Int] = []
        var seen = 0
        while seen < 1_400, let events = try await subscription.next() {
            seen += events.count
            for event in events {
                let change = try event.decode(SequenceOperations.changed)
                if change.elementType == type, let number = change.sequenceNumber { numbers.append(number) }
            }
        }
        await subscription.close()
        return numbers.sorted()
    }

    /// Asked again until the index has followed; the suite's time limit ends a search that never finds.
    private func everythingIsFound(_ user: EdgeClient) async throws {
        var found = 0
        while found < 1_400 {
            found =
                try await user.post("/typesense_client/search", ["q": "play", "query_by": "comment"])["found"].integer
                ?? 0
        }
        let last = try await user.post("/typesense_client/search", ["q": "line 1399 of", "query_by": "comment"])
        #expect(last["hits"][0]["element_id"].integer == 1_399)
    }

    @Test func `what was stored is there again with the same data directory`() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "fai-\(UUID().uuidString.prefix(8))")
            .path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await TestEcosystem.run(directory: directory) { ecosystem in
            let user = try await ecosystem.loggedIn(as: "keeper")
            try
                (try await user.post(
                    "/service_a/sequence",
                    ["elementType": "script", "elementId": 1, "comment": "kept"]
                )).require(201)
        }
        try await TestEcosystem.run(directory: directory) { ecosystem in
            let login = try await ecosystem.edge.post("/kms/login", ["username": "keeper", "password": "secure123"])
            let user = ecosystem.edge.with(token: login["access_token"].string ?? "")
            #expect(try await user.get("/service_a/sequence/script/1")["comment"] == "kept")
        }
    }
}
