// A whole ecosystem that sends its spans to a collector: one request is one trace there, with each hop behind the one that made it.

import Bus
import EcosystemTesting
import Foundation
import FountainService
import HTTPServer
import Logging
import Synchronization
import Testing

@Suite(.tags(.integration), .witnessed, .timeLimit(.minutes(2))) struct CollectorTests {
    /// Takes everything.
    private final class Collector: Sendable {
        private final class Box: Sendable { let bodies = Mutex<[[UInt8]]>([]) }

        private let server: HTTPServer
        private let box = Box()
        var url: String { "http://127.0.0.1:\(server.port)" }

        init() throws {
            let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            server = try HTTPServer(configuration: .init(), logger: quiet) { [box] request in
                box.bodies.withLock { $0.append(request.body) }
                return HTTPResponse(contentType: "application/json", body: Array("{}".utf8))
            }
        }

        func spans(of trace: String) throws -> [Told] {
            try box.bodies.withLock(\.self).flatMap { body in
                try JSONDecoder().decode(Document.self, from: Data(body)).resourceSpans.flatMap(\.told)
            }.filter { $0.span.traceId == trace }
        }
    }

    private struct Document: Decodable {
        let resourceSpans: [Resource]
    }

    private struct Resource: Decodable {
        let resource: Attributes
        let scopeSpans: [Scope]
        var told: [Told] { scopeSpans.flatMap(\.spans).map { Told(service: resource["service.name"] ?? "", span: $0) } }
    }

    private struct Scope: Decodable { let spans: [Span] }

    private struct Attributes: Decodable {
        let attributes: [Attribute]
        subscript(key: String) -> String? {
            attributes.first { $0.key == key }.flatMap {
                $0.value.stringValue ?? $0.value.intValue ?? $0.value.boolValue.map { "\($0)" }
            }
        }
    }

    private struct Attribute: Decodable {
        struct Value: Decodable {
            let stringValue: String?
            let intValue: String?
            let boolValue: Bool?
        }
        let key: String
        let value: Value
    }

    private struct Span: Decodable {
        let traceId, spanId, name, startTimeUnixNano, endTimeUnixNano: String
        let parentSpanId: String?
        let kind: Int
        let attributes: [Attribute]
        var begin: UInt64 { UInt64(startTimeUnixNano) ?? 0 }
        var end: UInt64 { UInt64(endTimeUnixNano) ?? 0 }
        subscript(key: String) -> String? { Attributes(attributes: attributes)[key] }
    }

    private struct Told {
        let service: String
        let span: Span
    }

    private struct Words: Codable, Sendable { var words: String }

    private static let say = Operation<Words, Words>("parrot.say", "Says it back", .post("/words"), access: .user)
    private static let echo = Operation<Words, Words>("echo.say", "Says it back", access: .peer, isIdempotent: true)

    /// Two services that are not built in; the one asks the other.
    private static let services = [
        Blueprint("parrot") { site in
            var handlers = Handlers()
            handlers.on(say) { words, _ async throws in try await site.node.call(echo, words) }
            return handlers
        },
        Blueprint("echo") { _ in
            var handlers = Handlers()
            handlers.on(echo) { words, _ in words }
            return handlers
        },
    ]

    private static func yaml(_ collector: String, _ more: String) -> String {
        TestTopology.inProcess + "\ntelemetry: {otlp: \"\(collector)\", \(more)}\n"
    }

    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    private static let client = "00f067aa0ba902b7"

    /// With the long interval all of it arrives because the ecosystem ends.
    @Test(arguments: ["10ms", "60s"])
    func `a request is one trace from the client's hop to the last service`(interval: String) async throws {
        let collector = try Collector()
        // A limit that no loaded machine reaches.
        let yaml = Self.yaml(collector.url, "interval: \(interval), drain_timeout: 30s")
        try await TestEcosystem.run(services: Self.services, yaml: yaml) { ecosystem in
            let ada = try await ecosystem.loggedIn()
            let answer = try await ada.post(
                "/parrot/words",
                ["words": "hello"],
                headers: [("traceparent", "00-\(Self.trace)-\(Self.client)-01")]
            )
            #expect(answer.status == 200 && answer["words"] == "hello")
            for member in ["parrot", "kms", "gateway"] {
                let pong = try await ecosystem.bus.call(BusOperations.ping, Empty(), on: member)
                #expect(pong.vitals?.numbers.keys.contains("spans_sent_total") == true, "\(member)")
            }
        }
        let spans = try collector.spans(of: Self.trace)
        let request = try only(spans, "gateway", 2, "POST /parrot/words")
        let asked = try only(spans, "gateway", 3, "parrot.say")
        let served = try only(spans, "parrot", 2, "parrot.say")
        let called = try only(spans, "parrot", 3, "echo.say")
        let last = try only(spans, "echo", 2, "echo.say")
        #expect(request.parentSpanId == Self.client && request["http.response.status_code"] == "200")
        for (inner, outer) in [(asked, request), (served, asked), (called, served), (last, called)] {
            #expect(inner.parentSpanId == outer.spanId)
            // The wall clock is read in microseconds, once a batch.
            let slack: UInt64 = 5_000_000
            #expect(inner.begin + slack >= outer.begin && inner.end <= outer.end + slack && inner.begin <= inner.end)
        }
        #expect(called["fountain.attempts"] == "1" && called["peer.service"] == "echo")
        #expect(served["fountain.caller"] == "gateway" && served["fountain.queue_us"] != nil)
        #expect(Set(spans.map(\.span.spanId)).count == spans.count)
        let known = Set(spans.map(\.span.spanId) + [Self.client])
        #expect(spans.allSatisfy { $0.span.parentSpanId.map(known.contains) == true })
    }

    private func only(_ spans: [Told], _ service: String, _ kind: Int, _ name: String) throws -> Span {
        let found = spans.filter { $0.service == service && $0.span.kind == kind && $0.span.name == name }
        #expect(
            found.count == 1,
            "\(service) \(name): \(spans.map { "\($0.service) \($0.span.kind) \($0.span.name)" })"
        )
        return try #require(found.first).span
    }

    @Test func `a repeat under its key is told as one, and the event as what the write led to`() async throws {
        let collector = try Collector()
        let yaml = Self.yaml(collector.url, "interval: 10ms, drain_timeout: 30s")
        let (first, again) = try await TestEcosystem.run(yaml: yaml) { ecosystem in
            let ada = try await ecosystem.loggedIn()
            let element: JSONValue = ["elementType": "script", "elementId": 1, "comment": "told"]
            var traces: [String] = []
            for _ in 0..<2 {
                let answer = try await ada.post("/service_a/sequence", element, headers: [("Idempotency-Key", "k")])
                traces.append(String(try #require(answer.header("traceparent")).split(separator: "-")[1]))
            }
            while try !collector.spans(of: traces[0]).contains(where: { $0.span.kind == 5 }) {
                try Task.checkCancellation()
                await Task.yield()
            }
            return (traces[0], traces[1])
        }
        let spans = try collector.spans(of: first)
        let write = try only(spans, "service_a", 2, "service_a.sequence")
        let followed = try only(spans, "typesense_client", 5, "sequence.changed")
        #expect(followed.parentSpanId == write.spanId)
        #expect(write["fountain.replayed"] == "false")
        let repeated = try collector.spans(of: again)
        #expect(try only(repeated, "service_a", 2, "service_a.sequence")["fountain.replayed"] == "true")
        #expect(try only(repeated, "gateway", 3, "service_a.sequence")["fountain.replayed"] == "true")
    }

    @Test func `a collector that is not there slows nobody, and what it did not get is counted`() async throws {
        let yaml = Self.yaml("http://127.0.0.1:1", "interval: 10ms, give_up: 0s")
        try await TestEcosystem.run(services: Self.services, yaml: yaml) { ecosystem in
            let ada = try await ecosystem.loggedIn()
            #expect(try await ada.post("/parrot/words", ["words": "hello"]).status == 200)
            var dropped = 0.0
            while dropped == 0 {
                let pong = try await ecosystem.bus.call(BusOperations.ping, Empty(), on: "parrot")
                dropped = pong.vitals?.numbers["spans_dropped_total"] ?? 0
            }
            #expect(try await ada.post("/parrot/words", ["words": "again"]).status == 200)
        }
    }
}
