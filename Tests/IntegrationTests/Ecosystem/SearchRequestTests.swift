// What a search may ask for over HTTP, and what is refused by its name.

import Bus
import Ecosystem
import EcosystemTesting
import HTTPClient
import Testing

@Suite(.tags(.integration), .witnessed, .timeLimit(.minutes(2))) struct SearchRequestTests {
    @Test func `errors of typing are forgiven where that is asked for, and the rest is refused by name`() async throws {
        try await TestEcosystem.run(yaml: SearchKind.patient) { ecosystem in
            let user = try await ecosystem.loggedIn()
            let created = try await user.post(
                "/service_a/sequence",
                ["elementType": "action", "elementId": 1, "comment": "Hamlet enters"]
            )
            let behind = ("Fountain-Offset", try #require(created.header("Fountain-Offset")))
            let link = "/typesense_client/search?query_by=comment&q=hamlte"
            let strict = try await user.send(.get, link, headers: [behind])
            #expect(strict.status == 200 && strict["found"].integer == 0, "\(strict.text)")
            for typos in 1...2 {
                let answer = try await user.send(.get, link + "&num_typos=\(typos)", headers: [behind])
                #expect(answer["found"].integer == 1 && answer["num_typos"].integer == 1, "\(answer.text)")
            }
            for unknown in ["num_typos=3", "exhaustive_search=true", "max_hits=251", "group_by=element_type"] {
                let answer = try await user.get(link + "&\(unknown)")
                let field = unknown.prefix { $0 != "=" }
                #expect(
                    answer.status == 400 && answer["errors"][0]["field"] == .string(String(field)),
                    "\(answer.text)"
                )
            }
        }
    }
}
