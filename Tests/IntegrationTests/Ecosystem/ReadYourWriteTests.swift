// Who writes and then searches finds what was written: the answer's Fountain-Offset, sent with the search, over HTTP and over the bus.

import Bus
import Contracts
import Ecosystem
import EcosystemTesting
import HTTPClient
import Testing

@Suite(.tags(.integration), .witnessed, .timeLimit(.minutes(2))) struct ReadYourWriteTests {
    private let sequence = "/service_a/sequence"

    /// Searches as soon as a change is answered.
    private func found(_ words: String, behind answer: EdgeClient.Answer, _ user: EdgeClient) async throws -> [Int] {
        let offset = try #require(answer.header("Fountain-Offset"), "\(answer.status) \(answer.text)")
        let body = Array(#"{"q":"\#(words)","query_by":"comment","sort_by":"sequence_number:asc"}"#.utf8)
        var search: EdgeClient.Answer
        // A full machine may take longer than a search waits; who is told so asks again.
        repeat {
            search = try await user.send(
                .post,
                "/typesense_client/search",
                body,
                headers: [("Fountain-Offset", offset)]
            )
        } while search.status == 503 && search.header("Fountain-Offset") != nil
        #expect(search.status == 200, "\(search.text)")
        return search["hits"].items.compactMap { $0["element_id"].integer }
    }

    @Test func `every kind of change is found by the search behind it`() async throws {
        try await TestEcosystem.run { ecosystem in
            let user = try await ecosystem.loggedIn()
            for id in 1...20 {
                let created = try await user.post(
                    sequence,
                    ["elementType": "action", "elementId": .integer(id), "comment": .string("word\(id) first")]
                )
                #expect(try await found("word\(id)", behind: created, user) == [id])
            }
            let version = try await user.post(
                sequence + "/version",
                ["elementType": "action", "elementId": 7, "comment": "second"]
            )
            #expect(try await found("second", behind: version, user) == [7])
            let moved = try await user.post(sequence + "/move", ["elementType": "action", "elementId": 7, "to": 1])
            #expect(try await found("-nothing", behind: moved, user).first == 7)
            let reordered = try await user.post(
                sequence + "/reorder",
                ["elementType": "action", "elementIds": .array([7, 1]), "newOrder": .array([1, 7])]
            )
            #expect(try await found("-nothing", behind: reordered, user).first == 1)
            let batch = try await user.post(
                sequence + "/batch",
                ["changes": .array([["create": ["elementType": "action", "elementId": 21, "comment": "third"]]])]
            )
            #expect(try await found("third", behind: batch, user) == [21])
            let deleted = try await user.send(.delete, sequence + "/action/21")
            #expect(try await found("third", behind: deleted, user) == [])
            let emptied = try await user.send(.delete, sequence + "?sequenceName=action")
            #expect(try await found("-nothing", behind: emptied, user) == [])
        }
    }

    @Test func `what is not there in time is 503, with the offset that is`() async throws {
        try await TestEcosystem.run { ecosystem in
            let user = try await ecosystem.loggedIn()
            let created = try await user.post(
                sequence,
                ["elementType": "action", "elementId": 1, "comment": "here"]
            )
            let offset = try #require(created.header("Fountain-Offset").flatMap(LogPosition.init))
            let later = LogPosition(epoch: offset.epoch, offset: offset.offset + 1000)
            let link = "/typesense_client/search?q=here&query_by=comment"
            // A full machine may take longer than a search waits.
            var there = try await user.send(.get, link, headers: [("Fountain-Offset", offset.text)])
            while there.status == 503 {
                try Task.checkCancellation()
                there = try await user.send(.get, link, headers: [("Fountain-Offset", offset.text)])
            }
            #expect(there.status == 200, "\(there.text)")
            let early = try await user.send(.get, link, headers: [("Fountain-Offset", later.text)])
            #expect(early.status == 503 && early["code"] == "unavailable", "\(early.text)")
            #expect(early.header("Retry-After") == "1" && early.header("Fountain-Offset") == offset.text)
            for wrong in ["17", "x", "0:1", "1:2:3"] {
                let answer = try await user.send(.get, link, headers: [("Fountain-Offset", wrong)])
                #expect(answer.status == 400 && answer["errors"][0]["field"] == "Fountain-Offset", "\(wrong)")
            }
            let both = try await user.send(
                .get,
                link + "&fountain_offset=\(later.text)",
                headers: [("Fountain-Offset", offset.text)]
            )
            #expect(both.status == 400, "two different ones")
            let elsewhere = try await user.send(
                .get,
                sequence + "/action/1",
                headers: [("Fountain-Offset", offset.text)]
            )
            #expect(elsewhere.status == 400 && elsewhere["errors"][0]["field"] == "Fountain-Offset")
        }
    }

    @Test func `over the bus the same is a member of input and output`() async throws {
        try await TestEcosystem.run(yaml: SearchKind.patient) { ecosystem in
            let node = ecosystem.bus
            for id in 1...10 {
                let create = CreateElement(
                    elementType: .script,
                    elementId: try #require(ElementID(id)),
                    comment: try #require(Comment("bus\(id)"))
                )
                let answer = try await node.call(SequenceOperations.create, create)
                let position: LogPosition = try #require(answer.position)
                let search = SearchRequest(
                    query: try #require(SearchText("bus\(id)")),
                    queryBy: try #require(SearchText("comment")),
                    fountainOffset: position
                )
                let answered = try await node.call(SearchOperations.searchByQuery, search, timeout: .seconds(30))
                #expect(answered.hits.map(\.elementId.value) == [id])
            }
        }
    }
}
