// The bytes that a collector gets.

import Bus
import Foundation
import Testing

@testable import Telemetry

@Suite struct SpanDocumentTests {
    private let trace = TraceContext(
        traceHigh: 0x4bf9_2f35_77b3_4da6,
        traceLow: 0xa3ce_929d_0e0e_4736,
        span: 0xf067,
        flags: 1
    )
    private let source = SpanSource(service: "kms", ecosystem: "local", instance: "00000000000000aa", replica: 2)
    private let moment = Moment(wall: 1_795_747_200_000_000_000, kernel: 50_000_000)

    private func text(_ spans: [SpanRecord]) -> String {
        String(decoding: SpanDocument.written(spans, of: source, at: moment), as: UTF8.self)
    }

    /// What stands between the brackets of `spans`.
    private func span(_ span: SpanRecord) -> String {
        let text = text([span])
        return text.range(of: #""spans":["#).map { String(text[$0.upperBound...].dropLast("]}]}]}".count)) } ?? text
    }

    @Test func `a document is this, byte for byte`() {
        let served = SpanRecord(
            kind: .served,
            trace: trace,
            parent: 0x5399_5c3f_42cd_8ad8,
            name: "kms.login",
            other: "gateway",
            began: 40_000_000,
            queue: 12_000,
            duration: 3_000_500
        )
        #expect(
            text([served]) == """
                {"resourceSpans":[{"resource":{"attributes":[\
                {"key":"service.name","value":{"stringValue":"kms"}},\
                {"key":"service.namespace","value":{"stringValue":"local"}},\
                {"key":"service.instance.id","value":{"stringValue":"00000000000000aa"}},\
                {"key":"fountain.replica","value":{"intValue":"2"}}]},\
                "scopeSpans":[{"scope":{"name":"fountain"},"spans":[\
                {"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"000000000000f067","parentSpanId":"53995c3f42cd8ad8",\
                "flags":1,"name":"kms.login","kind":2,\
                "startTimeUnixNano":"1795747199990000000","endTimeUnixNano":"1795747199993000500","attributes":[\
                {"key":"fountain.operation","value":{"stringValue":"kms.login"}},\
                {"key":"fountain.caller","value":{"stringValue":"gateway"}},\
                {"key":"fountain.queue_us","value":{"intValue":"12"}},\
                {"key":"fountain.work_us","value":{"intValue":"2988"}},\
                {"key":"fountain.replayed","value":{"boolValue":false}}],"status":{}}]}]}]}
                """
        )
    }

    @Test func `a call says how often it was tried, and what it ended with is an error to who called`() {
        var call = SpanRecord(
            kind: .called,
            trace: trace,
            name: "2fa.verify",
            other: "2fa",
            began: 0,
            duration: 1_000,
            error: "not_found",
            isRepeat: true
        )
        call.attempts = 3
        let text = span(call)
        #expect(text.contains(#""name":"2fa.verify","kind":3"#) && !text.contains("parentSpanId"))
        #expect(text.contains(#"{"key":"peer.service","value":{"stringValue":"2fa"}}"#))
        #expect(text.contains(#"{"key":"fountain.attempts","value":{"intValue":"3"}}"#))
        #expect(text.contains(#"{"key":"fountain.replayed","value":{"boolValue":true}}"#))
        #expect(text.contains(#"{"key":"error.type","value":{"stringValue":"not_found"}}"#))
        #expect(text.hasSuffix(#","status":{"code":2}}"#))
    }

    @Test(arguments: [(404, "{}"), (503, #"{"code":2}"#)])
    func `a request is an error where we are to blame`(status: Int, expected: String) {
        var request = SpanRecord(
            kind: .requested,
            trace: trace,
            name: "GET /service_a/sequences",
            other: "192.0.2.1",
            began: 0,
            duration: 1,
            error: "\(status)",
            isFailure: status >= 500
        )
        request.status = status
        let text = span(request)
        #expect(text.contains(#"{"key":"http.request.method","value":{"stringValue":"GET"}}"#))
        #expect(text.contains(#"{"key":"http.route","value":{"stringValue":"/service_a/sequences"}}"#))
        #expect(text.contains(#"{"key":"http.response.status_code","value":{"intValue":"\#(status)"}}"#))
        #expect(text.contains(#"{"key":"client.address","value":{"stringValue":"192.0.2.1"}}"#))
        #expect(text.hasSuffix(#","status":\#(expected)}"#))
    }

    @Test func `an event that is followed is consumed, and what comes from outside is escaped`() {
        let followed = SpanRecord(
            kind: .followed,
            trace: trace,
            name: "a\"b\n",
            other: "service_a",
            began: 0,
            queue: 5_000,
            duration: 1
        )
        let text = span(followed)
        #expect(text.contains(#""name":"a\"b\n","kind":5"#))
        #expect(text.contains(#"{"key":"fountain.queue_us","value":{"intValue":"5"}}"#))
    }

    @Test func `several stand beside each other, and times before 1970 do not trap`() {
        let early = SpanRecord(kind: .served, trace: trace, name: "x.y", other: "z", began: 0, duration: 0)
        let text = String(
            decoding: SpanDocument.written([early, early], of: source, at: Moment(wall: 5, kernel: 10)),
            as: UTF8.self
        )
        #expect(text.contains(#""status":{}},{"traceId""#) && text.contains(#""startTimeUnixNano":"0""#))
    }
}
