// Spans on their way to a collector: real HTTP, answers and failures on demand.

import Bus
import Foundation
import HTTPClient
import HTTPServer
import Logging
import RecordedLogs
import Synchronization
import Testing

@testable import Telemetry

@Suite(.timeLimit(.minutes(1))) struct SpanExporterTests {
    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Answers as it was told, the last answer again and again; nil never answers. Whoever waits for a request gets it.
    private final class Collector: Sendable {
        private let server: HTTPServer
        let requests: AsyncStream<HTTPRequest>
        var url: String { "http://127.0.0.1:\(server.port)" }

        init(_ answers: [HTTPResponse?]) throws {
            let left = Mutex(answers)
            let silence = AsyncStream<Never>.makeStream()
            let (requests, arrived) = AsyncStream<HTTPRequest>.makeStream()
            self.requests = requests
            server = try HTTPServer(configuration: .init(), logger: quiet) { request in
                arrived.yield(request)
                let answer = left.withLock { $0.count > 1 ? $0.removeFirst() : $0.first ?? nil }
                if let answer { return answer }
                for await _ in silence.stream {}
                return .noContent
            }
        }

        func next(_ count: Int = 1) async -> [HTTPRequest] {
            var all: [HTTPRequest] = []
            for await request in requests {
                all.append(request)
                if all.count == count { break }
            }
            return all
        }
    }

    private func exporter(
        _ url: String,
        queue: Int = 4,
        batch: Int = 2,
        interval: Duration = .milliseconds(1),
        giveUp: Duration = .seconds(60),
        drain: Duration = .seconds(30),
        logger: Logger = quiet
    ) -> SpanExporter {
        var settings = SpanExporter.Settings(collector: url)
        (settings.limits.queue, settings.limits.batch) = (queue, batch)
        (settings.limits.interval, settings.limits.giveUp) = (interval, giveUp)
        (settings.limits.firstPause, settings.limits.longestPause) = (.milliseconds(2), .milliseconds(20))
        settings.drainTimeout = drain
        let source = SpanSource(service: "kms", ecosystem: "test", instance: "1")
        return SpanExporter(settings, of: source, by: HTTPClient(), logger: logger)
    }

    private func span(_ name: String, flags: UInt8 = 1) -> SpanRecord {
        let trace = TraceContext(traceHigh: 1, traceLow: 2, span: 3, flags: flags)
        return SpanRecord(kind: .served, trace: trace, name: name, other: "x", began: 0, duration: 1)
    }

    private let ok = HTTPResponse(status: 200, contentType: "application/json", body: Array("{}".utf8))

    @Test func `a batch is posted as JSON, without spans that their client does not want sampled`() async throws {
        let collector = try Collector([ok])
        let exporter = exporter(collector.url)
        async let running: Void = exporter.run()
        exporter.take(span("hidden.call", flags: 0))
        exporter.take(span("kms.login"))
        let request = try #require(await collector.next().first)
        #expect(request.method == "POST" && request.path == "/v1/traces")
        #expect(request.headers["Content-Type"] == "application/json")
        let text = String(decoding: request.body, as: UTF8.self)
        #expect(text.contains(#""name":"kms.login""#) && !text.contains("hidden.call"))
        exporter.finish()
        await running
        #expect(exporter.numbers == ["spans_sent_total": 1, "spans_dropped_total": 0, "spans_waiting": 0])
    }

    @Test(arguments: [429, 502, 503, 504])
    func `what is answered later is sent again, the same bytes but for the time`(status: Int) async throws {
        let later = HTTPResponse(status: status, headers: [("Retry-After", "0")])
        let collector = try Collector([later, later, ok])
        let exporter = exporter(collector.url)
        async let running: Void = exporter.run()
        exporter.take(span("kms.login"))
        #expect(await collector.next(3).count == 3)
        exporter.finish()
        await running
        #expect(exporter.numbers["spans_sent_total"] == 1 && exporter.numbers["spans_dropped_total"] == 0)
    }

    @Test(arguments: [301, 400, 401, 404, 500])
    func `what is refused is counted, and not sent again`(status: Int) async throws {
        let collector = try Collector([HTTPResponse(status: status), ok])
        let exporter = exporter(collector.url)
        async let running: Void = exporter.run()
        exporter.take(span("first.call"))
        _ = await collector.next()
        exporter.take(span("second.call"))
        let second = try #require(await collector.next().first)
        #expect(!String(decoding: second.body, as: UTF8.self).contains("first.call"))
        exporter.finish()
        await running
        #expect(exporter.numbers["spans_sent_total"] == 1 && exporter.numbers["spans_dropped_total"] == 1)
    }

    @Test(arguments: [#""1""#, "1"]) func `a part that a collector did not take is counted`(number: String) async throws
    {
        let body = #"{"partialSuccess":{"rejectedSpans":\#(number),"errorMessage":"too old"}}"#
        let collector = try Collector([HTTPResponse(contentType: "application/json", body: Array(body.utf8))])
        let exporter = exporter(collector.url, interval: .seconds(60))
        async let running: Void = exporter.run()
        for name in ["a.a", "b.b"] { exporter.take(span(name)) }
        _ = await collector.next()
        exporter.finish()
        await running
        #expect(exporter.numbers["spans_sent_total"] == 1 && exporter.numbers["spans_dropped_total"] == 1)
    }

    @Test func `a collector that is not there costs what does not fit, and the end`() async throws {
        let exporter = exporter("http://127.0.0.1:1", drain: .seconds(1))
        async let running: Void = exporter.run()
        for number in 0..<20 { exporter.take(span("call.\(number)")) }
        exporter.finish()
        await running
        #expect(exporter.numbers == ["spans_sent_total": 0, "spans_dropped_total": 20, "spans_waiting": 0])
    }

    @Test func `what was lost is said once, with how many and why`() async throws {
        let collector = try Collector([HTTPResponse(status: 400)])
        let said = RecordedLog()
        let exporter = exporter(collector.url, logger: said.logger)
        async let running: Void = exporter.run()
        exporter.take(span("first.call"))
        _ = await collector.next()
        exporter.take(span("second.call"))
        _ = await collector.next()
        exporter.finish()
        await running
        let line = "spans did not reach the collector reason=HTTP 400 telemetry.no_room=0 telemetry.refused=1"
        // The second within the minute: at the end.
        #expect(said.lines == Array(repeating: "\(line) telemetry.undelivered=0", count: 2))
    }

    @Test func `a collector that never answers holds nobody at the end`() async throws {
        let collector = try Collector([nil])
        let exporter = exporter(collector.url, drain: .seconds(1))
        async let running: Void = exporter.run()
        exporter.take(span("kms.login"))
        _ = await collector.next()
        let began = ContinuousClock.now
        exporter.finish()
        await running
        #expect(began.duration(to: .now) < .seconds(8), "the request's own time is ten seconds")
        #expect(exporter.numbers["spans_dropped_total"] == 1)
    }

    @Test func `the last spans are sent at the end, and none where it was killed`() async throws {
        let collector = try Collector([ok])
        let exporter = exporter(collector.url, interval: .seconds(60))
        exporter.take(span("last.call"))
        exporter.finish()
        await exporter.run()
        #expect(String(decoding: try #require(await collector.next().first).body, as: UTF8.self).contains("last.call"))

        let killed = self.exporter(collector.url, interval: .seconds(60))
        killed.take(span("lost.call"))
        killed.stop()
        await killed.run()
        #expect(killed.numbers["spans_sent_total"] == 0 && killed.numbers["spans_dropped_total"] == 1)
    }

    /// No figure that a loaded machine could miss: some fifty times what it costs on a quiet one, which is printed.
    @Test func `to be told of a span costs next to nothing, also where there is no room`() {
        let (exporter, span) = (
            exporter("http://127.0.0.1:1", queue: 50_000, batch: 512), span("service_a.sequence.reorder")
        )
        let took = ContinuousClock().measure { for _ in 0..<100_000 { exporter.take(span) } } / 100_000
        print("a span that is told costs \(took)")
        #expect(took < .microseconds(20) && exporter.numbers["spans_waiting"] == 50_000)
    }

    @Test func `spans that many threads end are taken or counted, every one`() async throws {
        let collector = try Collector([ok])
        let exporter = exporter(collector.url)
        async let running: Void = exporter.run()
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask { for number in 0..<50 { exporter.take(span("call.\(task).\(number)")) } }
            }
        }
        exporter.finish()
        await running
        let numbers = exporter.numbers
        #expect((numbers["spans_sent_total"] ?? 0) + (numbers["spans_dropped_total"] ?? 0) == 400)
    }
}
