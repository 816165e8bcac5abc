// What REST clients expect of any answer, over real sockets.

import Bus
import Foundation
import RecordedLogs
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct EveryAnswerTests {
    private static let limits = """
        allowances: {address: {rate: 1/h, burst: 4}}
        """

    @Test func `beyond an allowance it is 429, with when to come back, and nothing reaches a service`() async throws {
        try await TestEdge.run(gateway: Self.limits) { edge async throws in
            for left in [3, 2, 1, 0] {
                let answer = try await edge.send("GET", "/service_a/things/script/7")
                #expect(answer.status == 200)
                #expect(answer["RateLimit-Policy"] == #""address";q=4;w=14400"#)
                #expect(answer["RateLimit"]?.hasPrefix(#""address";r=\#(left);t="#) == true)
            }
            let refused = try await edge.send("GET", "/service_a/things/script/7")
            #expect(refused.status == 429)
            #expect(try refused.problem().code == "too_many_requests")
            #expect((3590...3600).contains(Int(refused["Retry-After"] ?? "") ?? 0))
            #expect(try await edge.send("GET", "/health").status == 200, "pages cost nothing")
            #expect(try await edge.send("GET", "/nothing").status == 429, "looking around costs as much")
        }
    }

    @Test func `who is counted is who asks, as far as the proxy can be believed`() async throws {
        try await TestEdge.run(gateway: Self.limits) { edge async throws in
            for _ in 0..<4 {
                let told = [("X-Forwarded-For", "6.6.6.6, 203.0.113.7")]
                #expect(try await edge.send("GET", "/service_a/things/script/7", headers: told).status == 200)
            }
            let lie = [("X-Forwarded-For", "8.8.8.8, 203.0.113.7")]
            #expect(try await edge.send("GET", "/service_a/things/script/7", headers: lie).status == 429)
            let other = [("X-Forwarded-For", "203.0.113.8")]
            #expect(try await edge.send("GET", "/service_a/things/script/7", headers: other).status == 200)
            #expect(edge.log.requests.contains { $0.contains("http.client=203.0.113.7") })
        }
    }

    @Test func `users and keys have allowances of their own`() async throws {
        let limits = "allowances: {principal: {rate: 1/h, burst: 2}, key: {rate: 1/h, burst: 1}}"
        try await TestEdge.run(gateway: limits) { edge async throws in
            let ada = try await edge.mint.token(["sub": .string("ada")])
            let bob = try await edge.mint.token(["sub": .string("bob")])
            for status in [200, 200, 429] {
                #expect(try await edge.send("POST", "/service_a/caller", token: ada, json: "{}").status == status)
            }
            #expect(try await edge.send("POST", "/service_a/caller", token: bob, json: "{}").status == 200)
        }
    }

    @Test func `the second of two with one key is told that the first is being done`() async throws {
        try await TestEdge.run { edge async throws in
            let key = [("Idempotency-Key", "\"one\"")]
            async let first = edge.send("POST", "/service_a/wait", headers: key, json: "{}")
            await edge.gate.waitForVisitor()
            let second = try await edge.send("POST", "/service_a/wait", headers: key, json: "{}")
            #expect(second.status == 409)
            #expect(try second.problem().code == "idempotency_key_in_flight")
            #expect(second["Retry-After"] == "1")
            let stranger = key + [("X-Forwarded-For", "203.0.113.7")]
            async let other = edge.send("POST", "/service_a/wait", headers: stranger, json: "{}")
            await edge.gate.open()
            #expect(try await first.status == 204)
            #expect(try await other.status == 204)
            #expect(try await edge.send("POST", "/service_a/wait", headers: key, json: "{}").status == 204)
        }
    }

    @Test(arguments: [
        ("GET", "/service_a/things/script/7"), ("GET", "/nothing"), ("GET", "/"), ("GET", "/health"),
        ("OPTIONS", "/docs"), ("GET", "/problems"),
        ("POST", "/health"),
    ])
    func `every answer can be found again, and is nothing for a frame`(method: String, path: String) async throws {
        try await TestEdge.run { edge async throws in
            let answer = try await edge.send(method, path, headers: [("X-Request-Id", "order-7/3")])
            #expect(answer["X-Request-Id"] == "order-7/3")
            #expect(answer["traceparent"] != nil)
            #expect(answer["Server-Timing"]?.hasPrefix("total;dur=") == true)
            #expect(answer["X-Content-Type-Options"] == "nosniff" && answer["X-Frame-Options"] == "DENY")
            #expect(answer["Referrer-Policy"] == "no-referrer" && answer["Content-Security-Policy"] != nil)
            #expect(answer.headers.filter { $0.name == "X-Content-Type-Options" }.count == 1)
            #expect(answer["Access-Control-Allow-Origin"] == nil && answer["RateLimit"] == nil)
            #expect(edge.log.requests.last?.contains("http.request_id=order-7/3") == true)
        }
    }

    @Test func `Server-Timing is the time that the gateway took, no less and no more`() async throws {
        try await TestEdge.run { edge async throws in
            let began = ContinuousClock.now
            async let held = edge.send("POST", "/service_a/wait", json: "{}")
            await edge.gate.waitForVisitor()
            let arrived = ContinuousClock.now
            for _ in 0..<20 { _ = try await edge.send("GET", "/health") }
            let least = arrived.duration(to: .now)
            await edge.gate.open()
            let timing = try #require(try await held["Server-Timing"])
            let most = began.duration(to: .now)
            let told = Duration.milliseconds(try #require(Double(timing.dropFirst("total;dur=".count))))
            #expect(told >= least - .microseconds(10) && told <= most, "\(timing)")
        }
    }

    @Test(arguments: ["", "a b", "a\"b", "<script>", String(repeating: "a", count: 129), "ä"])
    func `a request id that is none is not taken`(id: String) async throws {
        try await TestEdge.run(serving: false) { edge async throws in
            let answer = try await edge.send("GET", "/nothing", headers: [("X-Request-Id", id)])
            #expect(answer["X-Request-Id"] == (try answer.problem().trace_id))
        }
    }

    @Test(
        arguments: [
            (nil, 200), ("*/*", 200), ("application/json", 200), ("application/*", 200), ("text/html, */*;q=0.1", 200),
            ("APPLICATION/JSON", 200),
            ("text/html", 406), ("application/json;q=0", 406), ("application/json;q=0, */*", 406),
            ("image/png, text/*", 406), ("*/*;q=0", 406),
        ] as [(String?, Int)]
    )
    func `who takes no JSON is told so`(accept: String?, status: Int) async throws {
        try await TestEdge.run { edge async throws in
            let answer = try await edge.send(
                "GET",
                "/service_a/things/script/7",
                headers: accept.map { [("Accept", $0)] } ?? []
            )
            #expect(answer.status == status)
            if status == 406 { #expect(try answer.problem().code == "not_acceptable") }
        }
    }

    @Test func `the type of every problem leads to a page about it`() async throws {
        try await TestEdge.run { edge async throws in
            for code in ErrorTable.codes(of: edge.gateway.directory.table.operations) {
                for service in [nil, "service_a"] {
                    let page = try await edge.send("GET", code.page, at: service)
                    #expect(page.status == 200, "\(code.name)")
                    #expect(page.text.contains(code.name) && page.text.contains("\(code.status)"))
                }
                #expect(try await edge.send("GET", "/problems").text.contains(code.page))
            }
            let unknown = try await edge.send("GET", "/problems/no_such_thing").problem()
            #expect(unknown.status == 404)
            let lost = try await edge.send("GET", "/nothing").problem()
            #expect(try await edge.send("GET", lost.type).status == 200)
        }
    }

    @Test func `a page of a friendly origin may send and see every field that we speak of`() async throws {
        try await TestEdge.run(gateway: #"cors: {origins: ["https://app.example"]}"#) { edge async throws in
            let friend = [("Origin", "https://app.example"), ("Access-Control-Request-Method", "POST")]
            let asked = try await edge.send("OPTIONS", "/service_a/things", headers: friend)
            let words = { (field: String?) in
                Set((field ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces).lowercased() })
            }
            let exposed = [
                "ETag", "Fountain-Offset", "Idempotency-Replayed", "Link", "RateLimit", "RateLimit-Policy",
                "Retry-After",
                "X-Request-Id", "Server-Timing", "traceparent", "WWW-Authenticate",
            ]
            let allowed = [
                "Authorization", "X-API-Key", "Content-Type", "If-Match", "If-None-Match", "Idempotency-Key",
                "X-Request-Id", "traceparent", "Last-Event-ID",
            ]
            #expect(words(asked["Access-Control-Allow-Headers"]).isSuperset(of: allowed.map { $0.lowercased() }))
            let read = try await edge.send("GET", "/service_a/things/script/7", headers: friend)
            #expect(words(read["Access-Control-Expose-Headers"]).isSuperset(of: exposed.map { $0.lowercased() }))
            #expect(read["Access-Control-Allow-Origin"] == "https://app.example")
            let vary = read.headers.filter { $0.name.lowercased() == "vary" }.map(\.value)
            #expect(Set(vary) == ["Accept-Encoding", "Origin"])
        }
    }

    @Test func `a page of a friendly origin may read and change; any other may not`() async throws {
        try await TestEdge.run(gateway: #"cors: {origins: ["https://app.example"]}"#) { edge async throws in
            let friend = [("Origin", "https://app.example"), ("Access-Control-Request-Method", "POST")]
            let asked = try await edge.send("OPTIONS", "/service_a/things", headers: friend)
            #expect(asked.status == 204)
            #expect(asked["Access-Control-Allow-Origin"] == "https://app.example")
            #expect(asked["Access-Control-Allow-Methods"] == asked["Allow"])
            #expect(asked["Access-Control-Allow-Headers"]?.contains("Authorization") == true)
            #expect(asked["Access-Control-Allow-Credentials"] == nil)
            for (origin, isFriend) in [("https://app.example", true), ("https://evil.example", false), ("null", false)]
            {
                let read = try await edge.send("GET", "/nothing", headers: [("Origin", origin)])
                #expect(read["Access-Control-Allow-Origin"] == (isFriend ? origin : nil))
                #expect(read["Vary"] == "Origin")
                let change = try await edge.send("POST", "/kms/nothing", headers: [("Origin", origin)])
                #expect((change.status == 403) == !isFriend)
            }
        }
    }
}
