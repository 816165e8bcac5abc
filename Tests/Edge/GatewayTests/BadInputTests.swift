// Everything that can be wrong with a request, and the one answer that is right for it.

import Bus
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct BadInputTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let method: String
        let target: String
        var body: String?
        var headers: [(String, String)] = []
        let status: Int
        let code: String
        var errors: [String] = []

        var testDescription: String { "\(method) \(target) \(body?.prefix(40) ?? "")" }
    }

    static let cases = [
        Case(method: "GET", target: "/nowhere", status: 404, code: "not_found"),
        Case(method: "GET", target: "/service_a/nowhere", status: 404, code: "not_found"),
        Case(method: "POST", target: "/service_a/peers", status: 404, code: "not_found"),
        Case(method: "PATCH", target: "/service_a/things", status: 405, code: "method_not_allowed"),
        Case(method: "DELETE", target: "/health", status: 405, code: "method_not_allowed"),
        Case(
            method: "POST",
            target: "/service_a/raw",
            body: "{\"bytes\":[1,2}",
            status: 400,
            code: "invalid_request",
            errors: ["body is not valid JSON at line 1, column 14: expected a comma or a closing bracket"]
        ),
        Case(
            method: "POST",
            target: "/service_a/raw",
            body: "{\"bytes\":[],\"bytes\":[]}",
            status: 400,
            code: "invalid_request",
            errors: ["body is not valid JSON at line 1, column 13: the key stands twice"]
        ),
        Case(
            method: "POST",
            target: "/service_a/raw",
            status: 400,
            code: "invalid_request",
            errors: ["bytes is required"]
        ),
        Case(
            method: "POST",
            target: "/service_a/raw",
            body: "[1]",
            status: 400,
            code: "invalid_request",
            errors: ["body must be an object"]
        ),
        Case(
            method: "POST",
            target: "/service_a/raw",
            body: #"{"bytes":["x"],"more":1}"#,
            status: 400,
            code: "invalid_request",
            errors: ["bytes.0 must be an integer", "more is not a known field"]
        ),
        Case(
            method: "PUT",
            target: "/service_a/things/play/0",
            body: "{}",
            status: 400,
            code: "invalid_request",
            errors: ["id must be at least 1", "kind must be one of script, section"]
        ),
        Case(
            method: "GET",
            target: "/service_a/things/script/x",
            status: 400,
            code: "invalid_request",
            errors: ["id must be an integer"]
        ),
        Case(
            method: "GET",
            target: "/service_a/things/script/1?deep=yes&what=1",
            status: 400,
            code: "invalid_request",
            errors: ["what is not a known field", "deep must be true or false"]
        ),
        Case(
            method: "GET",
            target: "/service_a/things/script/1?id=2",
            status: 400,
            code: "invalid_request",
            errors: ["id is part of the path; leave it out of the query"]
        ),
        Case(
            method: "POST",
            target: "/service_a/raw?bytes=1",
            body: #"{"bytes":[]}"#,
            status: 400,
            code: "invalid_request",
            errors: ["bytes must not be in the query: this operation takes its input in the body"]
        ),
        Case(
            method: "GET",
            target: "/service_a/things/script/1",
            body: "{}",
            status: 400,
            code: "invalid_request",
            errors: ["body must be empty: GET takes none"]
        ),
        Case(
            method: "POST",
            target: "/service_a/raw",
            body: "bytes=1",
            headers: [("Content-Type", "application/x-www-form-urlencoded")],
            status: 415,
            code: "unsupported_media_type"
        ),
        Case(
            method: "POST",
            target: "/service_a/raw",
            body: #"{"bytes":[]}"#,
            headers: [("Content-Encoding", "gzip")],
            status: 415,
            code: "unsupported_media_type"
        ),
        Case(
            method: "POST",
            target: "/service_a/small",
            body: "{\"bytes\":[\(String(repeating: "1,", count: 40))1]}",
            status: 413,
            code: "payload_too_large"
        ),
        Case(
            method: "POST",
            target: "/service_a/raw",
            body: String(repeating: " ", count: 1 << 20) + "{}",
            status: 413,
            code: "payload_too_large"
        ),
        Case(
            method: "POST",
            target: "/service_a/caller",
            headers: [("Idempotency-Key", "")],
            status: 400,
            code: "invalid_request",
            errors: ["Idempotency-Key must be one string of 1–255 visible ASCII characters"]
        ),
        Case(
            method: "GET",
            target: "/health",
            headers: [("X-Long", String(repeating: "x", count: 33_000))],
            status: 431,
            code: "headers_too_large"
        ),
        Case(method: "GET", target: "/service_a/%zz", status: 400, code: "invalid_request"),
        Case(method: "GET", target: "/health", headers: [("Host", "two")], status: 400, code: "invalid_request"),
    ]

    @Test func `each wrong request gets its own answer, all of one shape`() async throws {
        try await TestEdge.run { edge async throws in
            for example in Self.cases {
                let answer = try await edge.send(
                    example.method,
                    example.target,
                    headers: example.headers,
                    json: example.body
                )
                let problem = try answer.problem()
                #expect(answer.status == example.status, "\(example.testDescription)")
                #expect(problem.status == example.status)
                #expect(problem.code == example.code, "\(example.testDescription)")
                #expect(
                    (problem.errors ?? []).map { "\($0.field) \($0.problem)" } == example.errors,
                    "\(example.testDescription)"
                )
                #expect(problem.trace_id.count == 32)
                #expect(answer["traceparent"]?.contains(problem.trace_id) == true)
            }
        }
    }

    @Test func `405 and OPTIONS say what is allowed`() async throws {
        try await TestEdge.run { edge async throws in
            #expect(
                try await edge.send("PATCH", "/service_a/things/script/1")["Allow"] == "DELETE, GET, HEAD, PUT, OPTIONS"
            )
            let options = try await edge.send("OPTIONS", "/service_a/things/script/1")
            #expect(options.status == 204)
            #expect(options["Allow"] == "DELETE, GET, HEAD, PUT, OPTIONS")
        }
    }
}
