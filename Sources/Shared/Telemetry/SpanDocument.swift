// Spans as a collector takes them: the body of POST …/v1/traces, in the JSON of OTLP 1.x (ExportTraceServiceRequest).
//
//     {"resourceSpans":[{"resource":{"attributes":[service.name …]},
//       "scopeSpans":[{"scope":{"name":"fountain"},"spans":[{"traceId":"4bf9…","spanId":"00f0…","parentSpanId":"…","name":"kms.login",…}]}]}]}
//
// Ids are lower-case hex, 64-bit numbers decimal strings and enumerations numbers, as that mapping wants them and protobuf's own does not. Names of
// attributes are OpenTelemetry's where it has one, and `fountain.…` where not. No payload, header or path is in it, since no span has any.

package import Bus
internal import ZeroMQ

/// The same moment by both clocks: spans are measured by the kernel's, and told in wall time.
package struct Moment: Sendable, Equatable {
    /// Nanoseconds since 1970.
    package let wall: UInt64
    /// Nanoseconds since some moment in the past.
    package let kernel: UInt64

    package init(wall: UInt64, kernel: UInt64) { (self.wall, self.kernel) = (wall, kernel) }

    package static var now: Moment {
        Moment(wall: KernelClock.unixMicroseconds * 1_000, kernel: KernelClock.nanoseconds)
    }

    func wall(_ kernel: UInt64) -> UInt64 {
        let age = self.kernel - min(self.kernel, kernel)
        return wall - min(wall, age)
    }
}

/// Who has measured them.
package struct SpanSource: Sendable, Equatable {
    /// `service.name`.
    package let service: String
    /// `service.namespace`: what the topology is called.
    package let ecosystem: String
    /// `service.instance.id`: another one with each start.
    package let instance: String
    package let replica: Int

    package init(service: String, ecosystem: String, instance: String, replica: Int = 1) {
        (self.service, self.ecosystem, self.instance, self.replica) = (service, ecosystem, instance, replica)
    }
}

/// The body, written by hand: there is one shape, and no dictionary that would give its members another order each time.
package struct SpanDocument: Sendable {
    private var bytes: [UInt8] = []

    /// - Parameters:
    ///   - spans: What was measured.
    ///   - source: By whom.
    ///   - moment: The time by both clocks.
    /// - Returns: The bytes of the document.
    package static func written(_ spans: [SpanRecord], of source: SpanSource, at moment: Moment) -> [UInt8] {
        var document = SpanDocument()
        document.bytes.reserveCapacity(512 + 640 * spans.count)
        document.write(source)
        document.list(spans) { $0.write($1, at: moment) }
        document.raw("}]}]}")
        return document.bytes
    }

    private mutating func write(_ source: SpanSource) {
        raw(#"{"resourceSpans":[{"resource":{"attributes":"#)
        let attributes: [Attribute] = [
            .text("service.name", source.service), .text("service.namespace", source.ecosystem),
            .text("service.instance.id", source.instance), .number("fountain.replica", UInt64(source.replica)),
        ]
        list(attributes) { $0.write($1) }
        raw(#"},"scopeSpans":[{"scope":{"name":"fountain"},"spans":"#)
    }

    private mutating func write(_ span: SpanRecord, at moment: Moment) {
        raw(#"{"traceId":""#)
        raw(span.trace.traceID)
        raw(#"","spanId":""#)
        raw(span.trace.spanID)
        if span.parent != 0 {
            raw(#"","parentSpanId":""#)
            raw(span.trace.spanID(span.parent))
        }
        raw(#"","flags":"#)
        raw("\(span.trace.flags)")
        raw(#","name":"#)
        JSONEscapes.quote(span.name, to: &bytes)
        raw(#","kind":"#)
        raw("\(span.kind.number)")
        let began = moment.wall(span.began)
        raw(#","startTimeUnixNano":"\#(began)","endTimeUnixNano":"\#(began + span.duration)","attributes":"#)
        list(span.attributes) { $0.write($1) }
        // What our side is not to blame for is no error of a span that serves; to who called, it is one.
        let isError = span.isFailure || (span.kind == .called && span.error != nil)
        raw(isError ? #","status":{"code":2}}"# : #","status":{}}"#)
    }

    private mutating func write(_ attribute: Attribute) {
        raw(#"{"key":"\#(attribute.key)","value":{"#)
        switch attribute {
        case .text(_, let text):
            raw(#""stringValue":"#)
            JSONEscapes.quote(text, to: &bytes)
        case .number(_, let number): raw(#""intValue":"\#(number)""#)
        case .flag(_, let flag): raw(#""boolValue":\#(flag)"#)
        }
        raw("}}")
    }

    private mutating func list<Element>(_ elements: [Element], _ write: (inout SpanDocument, Element) -> Void) {
        raw("[")
        for (index, element) in elements.enumerated() {
            if index > 0 { raw(",") }
            write(&self, element)
        }
        raw("]")
    }

    private mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }
}

/// The keys are our own words and need no escapes.
private enum Attribute {
    case text(String, String)
    case number(String, UInt64)
    case flag(String, Bool)

    var key: String {
        switch self {
        case .text(let key, _), .number(let key, _), .flag(let key, _): key
        }
    }
}

extension CallSpan.Kind {
    /// SERVER, CLIENT, CONSUMER.
    fileprivate var number: Int {
        switch self {
        case .served, .requested: 2
        case .called: 3
        case .followed: 5
        }
    }
}

extension SpanRecord {
    fileprivate var attributes: [Attribute] {
        let own: [Attribute] =
            switch kind {
            case .served:
                [
                    .text("fountain.operation", name), .text("fountain.caller", other),
                    .number("fountain.queue_us", queue / 1_000),
                    .number("fountain.work_us", (duration - min(duration, queue)) / 1_000),
                    .flag("fountain.replayed", isRepeat),
                ] + (disk > 0 ? [.number("fountain.disk_us", disk / 1_000)] : [])
            case .called:
                [
                    .text("fountain.operation", name), .text("peer.service", other),
                    .number("fountain.attempts", UInt64(attempts)), .flag("fountain.replayed", isRepeat),
                ]
            case .followed:
                [
                    .text("messaging.destination.name", name), .text("peer.service", other),
                    .number("fountain.queue_us", queue / 1_000),
                ]
            case .requested: request
            }
        return own + (error.map { [.text("error.type", $0)] } ?? [])
    }

    /// Its name is method and route.
    private var request: [Attribute] {
        let parts = name.utf8.split(separator: UInt8(ascii: " "), maxSplits: 1).map { String(Substring($0)) }
        return [
            .text("http.request.method", parts.first ?? ""), .text("http.route", parts.dropFirst().first ?? ""),
            .number("http.response.status_code", UInt64(status)), .text("client.address", other),
        ]
    }
}
