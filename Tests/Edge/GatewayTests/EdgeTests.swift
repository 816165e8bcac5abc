// The whole way: bytes on a socket, a bus call, bytes on the socket.

import Bus
import RecordedLogs
import ServiceLifecycle
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct EdgeTests {
    @Test func `a body goes to the service and comes back byte for byte`() async throws {
        try await TestEdge.run { edge async throws in
            let body = "{ \"bytes\" :\t[ 1,\r\n 2 , 255e0]  }"
            let answer = try await edge.send("POST", "/service_a/raw", json: body)
            #expect(answer.status == 200)
            #expect(answer.text == body)
            #expect(answer["Content-Type"] == "application/json")
            #expect(answer["Cache-Control"] == "no-store")
        }
    }

    @Test func `a large body goes through as well`() async throws {
        try await TestEdge.run { edge async throws in
            let body = "{\"bytes\":[" + Array(repeating: "7", count: 10_000).joined(separator: ",") + "]}"
            let answer = try await edge.send("POST", "/service_a/raw", json: body)
            #expect(answer.status == 200)
            let isSame = answer.text == body  // by itself: a failure is not to print the body
            #expect(isSame)
        }
    }

    @Test func `path and query become the input that the schema asks for`() async throws {
        try await TestEdge.run { edge async throws in
            let answer = try await edge.send("GET", "/service_a/things/script/7?note=a+b%26c&tags=x&tags=y&deep=true")
            #expect(answer.status == 200)
            #expect(
                try answer.json()
                    == .object([
                        "kind": .string("script"), "id": .integer(7), "note": .string("a b&c"), "deep": .bool(true),
                        "tags": .array([.string("x"), .string("y")]),
                    ])
            )
            #expect(answer["Cache-Control"] == "max-age=60")
            let head = try await edge.send("HEAD", "/service_a/things/script/7")
            #expect(head.status == 200)
            #expect(head.body.isEmpty)
        }
    }

    @Test func `path and body are one input, and must not contradict each other`() async throws {
        try await TestEdge.run { edge async throws in
            let put = { (body: String) in try await edge.send("PUT", "/service_a/things/section/3", json: body) }
            let merged: JSONValue = .object(["kind": .string("section"), "id": .integer(3), "note": .string("n")])
            #expect(try await put(#"{"note":"n"}"#).json() == merged)
            #expect(try await put(#"{"id":3,"note":"n"}"#).json() == merged)
            #expect(try await put("{ }").status == 200)
            #expect(try await put("").status == 200)
            let problem = try await put(#"{"id":4,"note":"n"}"#).problem()
            #expect(problem.status == 400)
            #expect(problem.errors == [.init("id", "is one thing in the URL and another in the body")])
        }
    }

    @Test func `an operation without output answers 204, one with its declared status`() async throws {
        try await TestEdge.run { edge async throws in
            let token = try await edge.mint.token(["roles": .array([.string("admin")])])
            let removed = try await edge.send("DELETE", "/service_a/things/script/7", token: token)
            #expect(removed.status == 204)
            #expect(removed.body.isEmpty)
            let made = try await edge.send(
                "POST",
                "/service_a/things",
                token: token,
                json: #"{"kind":"script","id":1,"note":""}"#
            )
            #expect(made.status == 201)
        }
    }

    @Test func `the idempotency key and the trace arrive at the service`() async throws {
        try await TestEdge.run { edge async throws in
            let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
            let headers = [("Idempotency-Key", "\"k 1\""), ("traceparent", parent)]
            let answer = try await edge.send("POST", "/service_a/caller", headers: headers)
            let caller = try PayloadCoding.decode(Fake.Caller.self, from: answer.body[...])
            #expect(
                caller
                    == .init(subject: nil, kind: nil, roles: nil, key: "k 1", trace: "4bf92f3577b34da6a3ce929d0e0e4736")
            )
            let trace = try #require(answer["traceparent"])
            #expect(trace.hasPrefix("00-4bf92f3577b34da6a3ce929d0e0e4736-") && trace != parent)
        }
    }

    @Test func `a service's failure is shown as it was thrown`() async throws {
        try await TestEdge.run { edge async throws in
            let answer = try await edge.send("POST", "/service_a/fail")
            let problem = try answer.problem()
            #expect(answer.status == 409)
            #expect(answer["Retry-After"] == "7")
            #expect(problem.type == "/problems/conflict")
            #expect(problem.title == "Conflict with the present state")
            #expect(problem.status == 409)
            #expect(problem.code == "conflict")
            #expect(problem.detail == "There is one already.")
            #expect(problem.errors == [.init("id", "is taken")])
            #expect(answer["traceparent"]?.contains(problem.trace_id) == true)
        }
    }

    @Test func `a service that does not answer in time is a 504`() async throws {
        try await TestEdge.run { edge async throws in
            var answer = try await edge.send("POST", "/service_a/hang")
            // Where its time was over before the service had it, it was not begun.
            while try answer.problem().code == "deadline_exceeded" {
                try Task.checkCancellation()
                answer = try await edge.send("POST", "/service_a/hang")
            }
            #expect(answer.status == 504)
            #expect(try answer.problem().code == "outcome_unknown")
            #expect(answer["Retry-After"] == nil)
        }
    }

    @Test func `on a service's own port its routes stand without the prefix`() async throws {
        try await TestEdge.run { edge async throws in
            #expect(try await edge.send("GET", "/things/script/7", at: "service_a").status == 200)
            #expect(try await edge.send("GET", "/service_a/things/script/7", at: "service_a").status == 404)
            #expect(try await edge.send("GET", "/health", at: "service_a").text == #"{"status":"healthy"}"#)
        }
    }

    @Test func `before a service is met its prefix answers 503, after that its operations`() async throws {
        try await TestEdge.run(services: "service_a: {}", serving: false) { edge async throws in
            let early = try await edge.send("GET", "/service_a/things/script/7")
            #expect(early.status == 503)
            #expect(try early.problem().code == "unavailable")
            let unready = try await edge.send("GET", "/ready")
            #expect(unready.status == 503)
            #expect(try unready.problem().errors == [.init("service_a", "has not been met yet")])
            #expect(try await edge.send("GET", "/health").status == 200)
            try await edge.serve("service_a", Fake.handlers())
            await edge.gateway.waitUntilReady()
            #expect(try await edge.send("GET", "/service_a/things/script/7").status == 200)
            #expect(try await edge.send("GET", "/ready").status == 200)
        }
    }

    @Test func `a service that comes back with other operations is mounted anew`() async throws {
        try await TestEdge.run(services: "service_a: {}", serving: false) { edge async throws in
            let old = try await edge.serve("service_a", Handlers())
            await edge.gateway.waitUntilReady()
            #expect(try await edge.send("GET", "/service_a/things/script/7").status == 404)
            await edge.stop(old)
            try await edge.serve("service_a", Fake.handlers())
            for await _ in edge.gateway.directory.changes() where !edge.gateway.directory.table.operations.isEmpty {
                break
            }
            #expect(try await edge.send("GET", "/service_a/things/script/7").status == 200)
        }
    }

    @Test func `a service that has gone answers 503`() async throws {
        try await TestEdge.run(services: "service_a: {}", serving: false) { edge async throws in
            let service = try await edge.serve("service_a", Fake.handlers())
            await edge.gateway.waitUntilReady()
            await edge.stop(service)
            let answer = try await edge.send("GET", "/service_a/things/script/7")
            #expect(answer.status == 503)
            #expect(try answer.problem().code == "unavailable")
        }
    }

    @Test func `a graceful shutdown finishes what is in hand and takes no more`() async throws {
        try await TestEdge.run { edge async throws in
            async let answer = edge.send("POST", "/service_a/wait")
            await edge.gate.waitForVisitor()
            await edge.lifecycle.triggerGracefulShutdown()
            await #expect(throws: TestHTTP.Fault.self) {
                while true {
                    try Task.checkCancellation()
                    _ = try await edge.send("GET", "/health")
                }
            }
            await edge.gate.open()
            #expect(try await answer.status == 204)
        }
    }

    @Test func `one line a request, without anything secret`() async throws {
        try await TestEdge.run { edge async throws in
            let token = try await edge.mint.token()
            _ = try await edge.send("POST", "/service_a/caller?q=geheim", token: token, json: #"{"password":"geheim"}"#)
            _ = try await edge.send("GET", "/service_a/things/script/4242?note=geheim", token: token)
            _ = try await edge.send("GET", "/geheim", headers: [("X-API-Key", "fk_geheim")])
            let lines = edge.log.requests
            #expect(lines.count == 3)
            #expect(lines[1].contains("http.route=/service_a/things/{kind}/{id}"))
            #expect(lines[1].contains("http.status=200") && lines[1].contains("principal=ada"))
            #expect(
                !edge.log.text.contains("geheim") && !edge.log.text.contains("4242") && !edge.log.text.contains(token)
            )
        }
    }
}
