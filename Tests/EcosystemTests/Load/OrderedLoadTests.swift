// A file sent portion by portion to a gateway that is played here: what is sent again, what is not, and what is said of it.

import Bus
import HTTPClient
import HTTPServer
import Logging
import Synchronization
import Testing

@testable import Ecosystem

@Suite(.timeLimit(.minutes(1))) struct OrderedLoadTests {
    /// A gateway that answers what it was told to, one after the other, then 200 for every line; and notes what it was asked.
    private final class Gateway: Sendable {
        private struct State {
            var answers: [HTTPResponse]
            var asked: [HTTPRequest] = []
        }

        private let state: Mutex<State>

        init(_ answers: [HTTPResponse]) { state = Mutex(State(answers: answers)) }

        var asked: [HTTPRequest] { state.withLock { $0.asked } }
        var keys: [String] { asked.flatMap { $0.headers.all("Idempotency-Key") } }

        func answer(_ request: HTTPRequest) -> HTTPResponse {
            state.withLock { state in
                state.asked.append(request)
                guard state.answers.isEmpty else { return state.answers.removeFirst() }
                return OrderedLoadTests.done(request.body.split(separator: 0x0A).count)
            }
        }
    }

    private func load(
        _ lines: Int,
        into name: String? = nil,
        _ answers: [HTTPResponse] = []
    ) async throws -> (OrderedLoad.Report, Gateway, Int) {
        let gateway = Gateway(answers)
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let server = try HTTPServer(configuration: HTTPServerConfiguration(), logger: logger) { gateway.answer($0) }
        let edge = EdgeClient(origin: "http://127.0.0.1:\(server.port)", http: HTTPClient())
        let file = LoadFile(Array((1...lines).map { "{\"n\":\($0)}\n" }.joined().utf8), into: name)
        let told = Mutex(0)
        let load = OrderedLoad(into: name, pause: .zero) { count in told.withLock { $0 += count } }
        let report = await load.send(file, edge)
        withExtendedLifetime(server) {}
        return (report, gateway, told.withLock { $0 })
    }

    private static func done(_ lines: Int, refusing refused: [Int: String] = [:], isRepeat: Bool = false)
        -> HTTPResponse
    {
        let results = (1...lines).map { line in
            guard let code = refused[line] else { return "{\"line\":\(line),\"created\":{}}" }
            return "{\"line\":\(line),\"refused\":{\"code\":\"\(code)\",\"detail\":\"no \(code)\"}}"
        }
        let body = "{\"results\":[\(results.joined(separator: ","))]}"
        let headers = isRepeat ? [("Idempotency-Replayed", "true")] : []
        return HTTPResponse(contentType: "application/json", body: Array(body.utf8), headers: headers)
    }

    private static func refused(_ status: Int, _ detail: String) -> HTTPResponse {
        HTTPResponse(
            status: status,
            contentType: "application/problem+json",
            body: Array("{\"detail\":\"\(detail)\"}".utf8)
        )
    }

    @Test(arguments: [429, 503, 504]) func `what may have been done or not is sent again under its key`(status: Int)
        async throws
    {
        let again = Self.refused(status, "not now")
        let (report, gateway, told) = try await load(700, [again, again])
        #expect(report.created == 700 && report.refused.isEmpty && report.broken == nil, "\(report.lines)")
        #expect(told == 700)
        let keys = gateway.keys
        #expect(keys.count == 4 && Set(keys.prefix(3)).count == 1 && keys[2] != keys[3])
        #expect(gateway.asked.prefix(3).allSatisfy { $0.body == gateway.asked[0].body })
        #expect(keys.allSatisfy { $0.hasPrefix("\"load-") && $0.hasSuffix("\"") })
    }

    @Test(arguments: ["unavailable", "overloaded", "deadline_exceeded", "outcome_unknown", "draining", "cancelled"])
    func `a portion with lines that were not begun is sent again`(code: String) async throws {
        let (report, gateway, _) = try await load(3, [Self.done(3, refusing: [2: code])])
        #expect(report.created == 3 && report.refused.isEmpty, "\(report.lines)")
        #expect(gateway.keys.count == 2 && Set(gateway.keys).count == 1)
    }

    @Test func `a line that is refused is named, and the rest is loaded`() async throws {
        let (report, gateway, _) = try await load(501, [Self.done(500, refusing: [7: "conflict"])])
        #expect(report.refused == [.init(line: 7, reason: "no conflict")])
        #expect(report.created == 500 && gateway.asked.count == 2)
        #expect(report.lines.contains("line 7: no conflict") && report.lines.last == "1 refused", "\(report.lines)")
    }

    @Test(arguments: [400, 401, 403, 413, 422]) func `what is refused as a whole ends it`(status: Int) async throws {
        let (report, gateway, told) = try await load(1_400, [Self.done(500), Self.refused(status, "no")])
        #expect(gateway.asked.count == 2, "neither again, nor what comes behind")
        #expect(report.created == 500 && told == 500)
        #expect(
            report.broken?.detail
                == "Lines 501 to 1000 are not loaded: no What is before them is; run it again to go on from there."
        )
    }

    @Test func `it gives up in the end`() async throws {
        let (report, gateway, _) = try await load(5, Array(repeating: Self.refused(503, "draining"), count: 99))
        #expect(gateway.asked.count == 6 && report.created == 0)
        #expect(report.broken?.detail.hasPrefix("Lines 1 to 5 are not loaded: draining") == true)
    }

    @Test func `where nobody answers it says so`() async throws {
        let edge = EdgeClient(origin: "http://127.0.0.1:1", http: HTTPClient())
        let report = await OrderedLoad(into: nil, pause: .zero) { _ in }.send(
            LoadFile(Array("1\n".utf8), into: nil),
            edge
        )
        #expect(report.broken?.detail.contains("Nobody answered.") == true)
    }

    @Test func `what an earlier run has created is counted as known`() async throws {
        let (report, _, _) = try await load(501, [Self.done(500, isRepeat: true)])
        #expect(report.created == 501 && report.known == 500)
        #expect(report.lines.last?.contains("500 of them by an earlier run") == true, "\(report.lines)")
    }

    @Test func `lines go as JSON lines, into the sequence that was named`() async throws {
        let (_, gateway, _) = try await load(2, into: "Hamlet & Söhne")
        let asked = try #require(gateway.asked.first)
        #expect(asked.method == "POST" && asked.path == "/service_a/sequence/batch")
        #expect(asked.queryValue("sequenceName") == "Hamlet & Söhne")
        #expect(asked.headers.all("Content-Type") == ["application/x-ndjson"])
        #expect(String(decoding: asked.body, as: UTF8.self) == "{\"create\":{\"n\":1}}\n{\"create\":{\"n\":2}}\n")
    }
}
