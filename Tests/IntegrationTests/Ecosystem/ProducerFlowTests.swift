// Documents of somebody's own over HTTP, on both engines: a collection made, filled, searched in the form of the original's relay, and dropped.

import Bus
import Ecosystem
import EcosystemTesting
import Foundation
import HTTPClient
import Testing

@Suite(.tags(.integration), .witnessed, .timeLimit(.minutes(2))) struct ProducerFlowTests {
    private let root = "/typesense_client"
    private let books: JSONValue = [
        "name": "books", "default_sorting_field": "year",
        "fields": .array([
            ["name": "title", "type": "string"], ["name": "year", "type": "int32", "facet": .bool(true)],
        ]),
    ]

    private func lines(_ admin: EdgeClient, _ lines: [String], accept: String = "application/json") async throws
        -> EdgeClient.Answer
    {
        let body = Array(lines.joined(separator: "\n").utf8)
        let headers = [("Content-Type", "application/x-ndjson"), ("Accept", accept)]
        return try await admin.send(.post, "\(root)/documents/import?collection_name=books", body, headers: headers)
    }

    private func search(_ user: EdgeClient, _ parameters: JSONValue, in name: String = "books") async throws
        -> EdgeClient.Answer
    {
        try await user.post("\(root)/search", ["collection_name": .string(name), "parameters": parameters])
    }

    @Test(arguments: SearchKind.allCases)
    func `a collection is made, filled, searched and dropped`(kind: SearchKind) async throws {
        try await kind.run { ecosystem in
            let (admin, user) = (
                try await ecosystem.loggedIn(roles: "admin"), try await ecosystem.loggedIn(as: "reader")
            )
            #expect(try await user.post("\(root)/collections", books).status == 403)
            let made = try await admin.post("\(root)/collections", books)
            #expect(made.status == 201 && made["default_sorting_field"] == "year", "\(made.text)")
            #expect(try await admin.post("\(root)/collections", books).status == 409)
            let brought = try await lines(
                admin,
                [
                    #"{"id":"1/a","title":"Hamlet","year":1603,"revision":2}"#, #"{"id":"2","title":"Lear"}"#, "{",
                    #"{"id":"3","title":"Macbeth","year":1606}"#,
                ],
                accept: "application/x-ndjson"
            )
            let answers = brought.text.split(separator: "\n")
            #expect(brought.status == 200 && answers.count == 4, "\(brought.text)")
            #expect(answers[0] == #"{"success":true}"# && answers[3] == #"{"success":true}"#)
            #expect(answers[1].contains("year") && answers[1].contains(#""code":400"#), "\(answers[1])")
            #expect(answers[2].contains("column"), "\(answers[2])")
            let found = try await search(user, ["q": "*", "query_by": "title", "facet_by": "year"])
            #expect(found["found"].integer == 2 && found["page"].integer == 1 && found["out_of"].integer == 2)
            #expect(found["hits"].items.map { $0["document"]["id"].string } == ["3", "1/a"], "\(found.text)")
            let marked = try await search(user, ["q": "ham", "query_by": "title"])
            #expect(marked["hits"][0]["highlights"][0]["snippet"] == "<mark>Hamlet</mark>", "\(marked.text)")
            try await sync(admin)
            #expect(try await user.delete("\(root)/collections/books").status == 403)
            #expect(try await admin.delete("\(root)/collections/books").status == 204)
            #expect(try await search(user, ["q": "*", "query_by": "title"]).status == 404)
        }
    }

    private func sync(_ admin: EdgeClient) async throws {
        func write(_ operation: String, _ document: JSONValue) async throws -> EdgeClient.Answer {
            let body: JSONValue = [
                "operation": .string(operation), "collection_name": "books", "document": document,
            ]
            return try await admin.post("\(root)/documents/sync", body)
        }
        let older = try await write("update", ["id": "1/a", "year": 1604, "revision": 1])
        #expect(older.status == 409 && older["errors"][0]["field"] == "revision", "\(older.text)")
        let newer = try await write("update", ["id": "1/a", "year": 1604, "revision": 3])
        #expect(newer.status == 200 && newer["indexed"].integer == 1, "\(newer.text)")
        #expect(try await write("create", ["id": "1/a", "title": "x", "year": 1]).status == 409)
        #expect(try await write("delete", ["id": "3"])["removed"].integer == 1)
        let path = "\(root)/documents/1%2Fa?collection_name=books"
        #expect(try await admin.delete(path + "&revision=2").status == 409)
        #expect(try await admin.delete(path + "&revision=4").status == 204)
        #expect(try await admin.delete(path).status == 404)
        #expect(try await write("create", ["id": "1/a", "title": "x", "year": 1, "revision": 4]).status == 409)
        let found = try await search(admin, ["q": "*", "query_by": "title"])
        #expect(found["found"].integer == 0 && found["out_of"].integer == 0, "\(found.text)")
    }

    @Test(arguments: SearchKind.allCases)
    func `the elements are searched in that form as well, and in no way changed`(kind: SearchKind) async throws {
        try await kind.run { ecosystem in
            let admin = try await ecosystem.loggedIn(roles: "admin")
            let created = try await admin.post(
                "/service_a/sequence",
                ["elementType": "action", "elementId": 1, "comment": "Hamlet enters"]
            )
            let behind = ("Fountain-Offset", try #require(created.header("Fountain-Offset")))
            let body: JSONValue = [
                "collection_name": "elements",
                "parameters": ["q": "ham", "query_by": "comment", "filter_by": "element_type:=action"],
            ]
            let found = try await admin.post("\(root)/search", body, headers: [behind])
            #expect(found["found"].integer == 1 && found["out_of"].integer == 1, "\(found.text)")
            #expect(found["hits"][0]["document"]["id"] == "action_1")
            #expect(found["hits"][0]["highlights"][0]["snippet"] == "<mark>Hamlet</mark> enters")
            let dropped = try await admin.delete("\(root)/collections/elements")
            #expect(dropped.status == 409 && dropped["detail"].string?.contains("Service A") == true)
            for operation in ["create", "update", "delete"] {
                let body: JSONValue = [
                    "operation": .string(operation), "collection_name": "elements", "document": ["id": "action_1"],
                ]
                #expect(try await admin.post("\(root)/documents/sync", body).status == 409)
            }
        }
    }

    @Test(arguments: SearchKind.allCases)
    func `what is no collection, no document and no question is refused by name`(kind: SearchKind) async throws {
        try await kind.run { ecosystem in
            let admin = try await ecosystem.loggedIn(roles: "admin")
            #expect(try await admin.post("\(root)/collections", books).status == 201)
            let field: JSONValue = ["name": "a", "type": "string"]
            let many = JSONValue.array(Array(repeating: field, count: 20_000))
            let collections: [JSONValue] = [
                ["name": "b", "fields": .array([])], ["name": "b", "fields": .array([field, field])],
                ["name": "b", "fields": many], ["name": "../b", "fields": .array([field])],
                ["name": "Bücher", "fields": .array([field])], ["name": "", "fields": .array([field])],
                ["name": "b", "fields": .array([["name": "id", "type": "string"]])],
                ["name": "b", "fields": .array([["name": "a.b", "type": "string"]])],
                ["name": "b", "fields": .array([["name": "a", "type": "geopoint"]])],
                ["name": "b", "fields": .array([["name": "a", "type": "string", "sort": .bool(true)]])],
            ]
            for body in collections {
                let answer = try await admin.post("\(root)/collections", body)
                #expect([400, 413].contains(answer.status), "\(answer.text.prefix(300))")
            }
            let questions: [(JSONValue, String)] = [
                (["q": "a", "query_by": "title", "exhaustive_search": .bool(true)], "parameters.exhaustive_search"),
                (["q": "a", "query_by": "title", "group_by": "year"], "parameters.group_by"),
                (["q": "a", "query_by": "title", "per_page": 251], "parameters.per_page"),
                (["q": "a", "query_by": "author"], "query_by"),
                (["q": "a", "query_by": "title", "filter_by": "author:=x"], "filter_by"),
            ]
            for (parameters, field) in questions {
                let answer = try await search(admin, parameters)
                #expect(answer.status == 400 && answer["errors"][0]["field"] == .string(field), "\(answer.text)")
            }
            let both = try await admin.post(
                "\(root)/search",
                ["collection_name": "books", "q": "a", "parameters": ["q": "a", "query_by": "title"]]
            )
            #expect(both.status == 400, "\(both.text)")
            #expect(
                try await admin.post("\(root)/search", ["parameters": ["q": "a", "query_by": "title"]]).status == 400
            )
            #expect(try await admin.post("\(root)/search", [:]).status == 400)
            #expect(try await admin.post("\(root)/documents/sync", [:]).status == 400)
            let numbers = ["1e400", "-1e400", "9223372036854775808", "2147483648", "0.5", "true", "\"1\""]
            let answer = try await lines(admin, numbers.map { #"{"id":"n","title":"x","year":\#($0)}"# })
            #expect(answer["results"].items.allSatisfy { $0["code"].integer == 400 }, "\(answer.text)")
            let deep = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
            let nested = try await lines(admin, [#"{"id":"n","title":"x","year":1,"deep":\#(deep)}"#])
            #expect(nested["results"][0]["success"] == .bool(false) || nested.status == 400, "\(nested.text)")
        }
    }
}
