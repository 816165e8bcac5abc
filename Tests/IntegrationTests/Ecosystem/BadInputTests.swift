// What must be refused at the edge: the right status, the field by name, and nothing stored.

import Bus
import Ecosystem
import EcosystemTesting
import HTTPClient
import Testing

@Suite(.tags(.integration), .witnessed, .timeLimit(.minutes(1))) struct BadInputTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var method = OutboundRequest.Method.post
        var path = "/service_a/sequence"
        var body: String? = #"{"elementType":"script","elementId":1,"comment":"c"}"#
        let status: Int
        var field: String?
    }

    static let cases = [
        Case(testDescription: "JSON that ends early", body: #"{"elementType":"#, status: 400),
        Case(testDescription: "no body", body: "", status: 400),
        Case(
            testDescription: "a number as a string",
            body: #"{"elementType":"script","elementId":"1","comment":"c"}"#,
            status: 400,
            field: "elementId"
        ),
        Case(
            testDescription: "a number that not every reader takes exactly",
            body: #"{"elementType":"script","elementId":9007199254740993,"comment":"c"}"#,
            status: 400,
            field: "elementId"
        ),
        Case(
            testDescription: "a number with a zero before it",
            body: #"{"elementType":"script","elementId":01,"comment":"c"}"#,
            status: 400,
            field: "body"
        ),
        Case(
            testDescription: "an unknown type",
            body: #"{"elementType":"sonnet","elementId":1,"comment":"c"}"#,
            status: 400,
            field: "elementType"
        ),
        Case(
            testDescription: "element 0",
            body: #"{"elementType":"script","elementId":0,"comment":"c"}"#,
            status: 400,
            field: "elementId"
        ),
        Case(
            testDescription: "a missing field",
            body: #"{"elementType":"script","elementId":1}"#,
            status: 400,
            field: "comment"
        ),
        Case(
            testDescription: "an unknown field",
            body: #"{"elementType":"script","elementId":1,"comment":"c","role":"x"}"#,
            status: 400,
            field: "role"
        ),
        Case(testDescription: "an unknown path", path: "/service_a/nothing", status: 404),
        Case(testDescription: "an unknown service", path: "/service_b/sequence", status: 404),
        Case(testDescription: "a wrong method", method: .put, status: 405),
        Case(testDescription: "a body over the limit", body: String(repeating: "x", count: 2 << 20), status: 413),
    ]

    @Test(arguments: cases) func `bad input is refused and nothing is stored`(bad: Case) async throws {
        try await TestEcosystem.run { ecosystem in
            let user = try await ecosystem.loggedIn()
            let answer = try await user.send(bad.method, bad.path, bad.body.map { Array($0.utf8) })
            #expect(answer.status == bad.status)
            #expect(answer.header("content-type") == "application/problem+json")
            if let field = bad.field { #expect(answer["errors"].items.contains { $0["field"].string == field }) }
            let stored = try await user.get("/service_a/sequence?elementType=script")
            #expect(stored["elements"].items.isEmpty)
        }
    }

    @Test func `a whole number is that number, however it is written`() async throws {
        try await TestEcosystem.run { ecosystem in
            let user = try await ecosystem.loggedIn()
            let body = Array(#"{"elementType":"script","elementId":1e3,"comment":"c"}"#.utf8)
            #expect(try await user.send(.post, "/service_a/sequence", body).status == 201)
            #expect(try await user.get("/service_a/sequence/script/1000")["elementId"].integer == 1_000)
            #expect(try await user.get("/service_a/sequence/script/01000").status == 400)
        }
    }

    static let tokens = [
        "no token": nil,
        "nonsense": "nonsense",
        "algorithm none":
            "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiJhZGEiLCJyb2xlcyI6WyJhZG1pbiJdLCJleHAiOjQxMDI0NDQ4MDB9.",
        "HMAC with a guessed key": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl",
    ]

    @Test(arguments: tokens) func `a request without a good token is refused`(name: String, token: String?) async throws
    {
        try await TestEcosystem.run { ecosystem in
            var client = ecosystem.edge
            client.token = token
            let answer = try await client.get("/service_a/sequence?elementType=script")
            #expect(answer.status == 401)
            #expect(answer.header("www-authenticate")?.hasPrefix("Bearer") == true)
        }
    }

    @Test func `a token with one byte changed is refused`() async throws {
        try await TestEcosystem.run { ecosystem in
            let good = try #require(try await ecosystem.loggedIn().token)
            let parts = good.split(separator: ".")
            let forged = parts[0] + "." + parts[1].dropLast() + (parts[1].hasSuffix("A") ? "B" : "A") + "." + parts[2]
            let answer = try await ecosystem.edge.with(token: String(forged)).get(
                "/service_a/sequence?elementType=script"
            )
            #expect(answer.status == 401)
        }
    }

    @Test func `nobody becomes admin by asking`() async throws {
        try await TestEcosystem.run { ecosystem in
            _ = try await ecosystem.loggedIn(as: "first", roles: "admin")
            let asked = try await ecosystem.edge.post(
                "/kms/register",
                ["username": "second", "password": "secure123", "roles": "admin"]
            )
            #expect(asked.status == 403)
        }
    }
}
