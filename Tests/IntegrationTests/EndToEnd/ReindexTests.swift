// The index built anew under a crowd, over processes: while that goes on no search fails, and none sees part of an index.
//
//     FOUNTAIN_SEARCHES=500 FOUNTAIN_ELEMENTS=20000      a second; elements that are there before. The defaults are for a machine full of tests.

import Bus
import Ecosystem
import EcosystemTesting
import Foundation
import HTTPClient
import Testing

@Suite(.tags(.endToEnd), .witnessed, .timeLimit(.minutes(10))) struct ReindexTests {
    private static func number(_ name: String) -> Int? { ProcessInfo.processInfo.environment[name].flatMap(Int.init) }

    private static let rate = number("FOUNTAIN_SEARCHES") ?? 20
    private static let elements = number("FOUNTAIN_ELEMENTS") ?? 1_000
    /// As much as anybody asks for: this is about the index.
    private static let allowances = [
        "  listen: ${GATEWAY_LISTEN":
            "  allowances: {address: {rate: none}, principal: {rate: none}}\n  listen: ${GATEWAY_LISTEN",
        "first_admin: token": "first_admin: token\n  access_token_ttl: 1d",
        "search:\n": "search:\n  max_found: 1000000\n",
    ]

    @Test(arguments: SearchKind.allCases)
    func `while another index is built no search fails, and none sees part of one`(kind: SearchKind) async throws {
        let settings = kind.settings.merging(Self.allowances) { $1 }
        let ecosystem = try await ComposedEcosystem(settings: settings)
        let client = try await ecosystem.firstAdmin()
        try await fill(client)
        let crowd = SearchCrowd(client, rate: Self.rate, anchors: Self.elements)
        let began = ContinuousClock.now
        let told = try await crowd.run {
            var turn = 0
            repeat {
                turn += 1
                let origin = turn.isMultiple(of: 2) ? ["--from-present"] : []
                let reindexed = try await ecosystem.run(["search", "reindex"] + origin, on: "gateway")
                #expect(reindexed.code == 0, "\(reindexed)")
            } while turn < 2 || crowd.searches < 4 * Self.rate
        }
        let seconds = began.duration(to: .now) / .seconds(1)
        #expect(told.wrong == [], "of \(told.searches) searches and \(told.writes) writes")
        print("\(kind): \(told.searches) searches and \(told.writes) writes in \(seconds) s")
        let verified = try await ecosystem.run(["search", "verify", "--check"], on: "gateway")
        #expect(verified.code == 0, "\(verified)")
    }

    /// Returns once all are found.
    private func fill(_ client: EdgeClient) async throws {
        for start in stride(from: 1, through: Self.elements, by: 1_000) {
            let changes = (start...min(Self.elements, start + 999)).map { id -> JSONValue in
                ["create": ["elementType": "script", "elementId": .integer(id), "comment": .string("anchor \(id)")]]
            }
            // Line by line: a thousand at once may take longer than one write may, on a busy machine.
            let answer = try await client.post("/service_a/sequence/batch", ["changes": .array(changes)])
            try answer.require(200)
            #expect(answer["done"].integer == changes.count)
        }
        let question: JSONValue = ["q": "anchor", "query_by": "comment"]
        while try await client.post("/typesense_client/search", question)["found"].integer != Self.elements {
            try Task.checkCancellation()
            await Task.yield()
        }
    }
}
