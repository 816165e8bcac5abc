// One request across everybody who has measured a part of it: asked for over the bus, put in the order of time, shown as lines.
//
//     at ms   took ms   who        what
//      0.000     3.210  gateway    POST /service_a/sequence
//      0.412     2.501  gateway      calls service_a.sequence        wire 0.310 ms
//      0.560     2.191  service_a      service_a.sequence            queue 0.020 ms, work 2.171 ms, disk 1.902 ms of it
//
// What lies within something in time is a part of it. Clocks of others are set by what the bus knows of them, and by the calls themselves (`TraceStory+Clocks`). Nobody remembers for ever
// (`bus.spans`), and who does not answer is named: a story may have gaps.

package import Bus
import Foundation
import FountainService
package import Topology

package struct TraceStory: Sendable {
    /// A span, and who measured it.
    package struct Part: Sendable {
        package let service: String
        /// Which replica of it: `kms`, `kms-2`.
        package let replica: String
        package let span: CallSpan
        /// Microseconds since 1970 by this host's clock.
        var begin: Int64

        var end: Int64 { begin &+ Int64(clamping: span.duration) }
    }

    package let parts: [Part]
    /// Who could not be asked, and why.
    package let silent: [String]

    /// Asks everybody for what is remembered: of a trace, or of what was slow or failed.
    ///
    /// - Throws: `Failure` with `invalid_request` for what is no trace id.
    package static func collect(
        _ query: SpanQuery,
        by node: Node,
        in topology: Topology
    ) async throws -> TraceStory {
        var (parts, silent): ([Part], [String]) = ([], [])
        for service in topology.services.map(\.name) + [Topology.gatewayPeer] {
            guard service != Topology.gatewayPeer || !topology.gatewayReplicas.isEmpty else {
                silent.append("gateway: over tcp it is asked where the topology has `gateway.bus`")
                continue
            }
            let replies = try await RollCall(topology).each(of: service, by: node) {
                try await $0.call(BusOperations.spans, query, on: service, timeout: .seconds(2))
            }
            for reply in replies {
                switch reply.value {
                case .success(let page): parts += page.spans.map { Part($0, of: service, by: reply) }
                case .failure(let failure as Failure) where failure.code == .invalidRequest: throw failure
                case .failure(let error):
                    silent.append("\(reply.name): \((error as? Failure)?.detail ?? "\(error)")")
                }
            }
        }
        return TraceStory(parts: parts, silent: silent)
    }

    init(parts: [Part], silent: [String]) {
        // What began together: the longest is around the others.
        self.parts = Self.set(parts).sorted { ($0.begin, $1.span.duration) < ($1.begin, $0.span.duration) }
        self.silent = silent
    }

    // MARK: A request

    /// The story as lines for a terminal; one that says so where nobody remembers anything.
    package var lines: [String] {
        guard let first = parts.first else { return ["Nobody remembers this trace."] + gaps }
        let whole = Double((parts.map(\.end).max() ?? first.end) &- first.begin) / 1_000
        let head = "trace \(first.span.trace), \(first.time), \(parts.count) parts in \(whole.text) ms"
        return [head, "   at ms   took ms  who                 what"] + timeline(from: first.begin) + gaps
    }

    private var gaps: [String] { silent.map { "not asked: \($0)" } }

    private func timeline(from start: Int64) -> [String] {
        var around: [Part] = []
        return parts.map { part in
            around.removeAll { !part.isWithin($0) }
            defer { around.append(part) }
            let at = (Double(part.begin &- start) / 1_000).text.leftPadded(8)
            let took = (Double(part.span.duration) / 1_000).text.leftPadded(9)
            let what = String(repeating: "  ", count: around.count) + part.words
            let remarks = remarks(on: part)
            return "\(at) \(took)  \(part.replica.rightPadded(18))  "
                + (remarks.isEmpty ? what : "\(what.rightPadded(44)) \(remarks.joined(separator: ", "))")
        }
    }

    private func remarks(on part: Part) -> [String] {
        let span = part.span
        var all: [String] = []
        switch span.kind {
        case .served:
            if let work = work(in: part) {
                all.append("queue \(span.queue.milliseconds) ms, work \(work.milliseconds) ms")
            }
            if let disk = span.disk { all.append("disk \(disk.milliseconds) ms of it") }
            if span.isRepeat { all.append("answered before under its key") }
        case .called:
            if let wire = wire(of: part) { all.append("wire \(wire.milliseconds) ms") }
            if let attempt = attempt(of: part), attempt > 1 { all.append("attempt \(attempt)") }
        case .followed: all.append("\(span.queue.milliseconds) ms after its commit")
        case .requested: break
        }
        if let error = span.error { all.append("ended with \(error)") }
        return all
    }

    /// Of a call that was served: microseconds out of the queue.
    private func work(in part: Part) -> UInt64? {
        part.span.kind == .served ? part.span.duration - min(part.span.duration, part.span.queue) : nil
    }

    /// Of a call whose other side is known: microseconds that the other side did not have it.
    private func wire(of part: Part) -> UInt64? {
        guard part.span.kind == .called, let answer = Self.answer(to: part, in: parts) else { return nil }
        return part.span.duration - min(part.span.duration, answer.span.duration)
    }

    /// Which attempt of the same call it is, from 1; nil of what is no call.
    private func attempt(of call: Part) -> Int? {
        guard call.span.kind == .called else { return nil }
        let same = parts.filter {
            $0.span.kind == .called && $0.service == call.service && $0.span.name == call.span.name
                && $0.span.span == call.span.span && $0.begin <= call.begin
        }
        // Those that failed before it: a call that is made twice is no repeat.
        return 1 + same.filter { $0.begin < call.begin && $0.span.error != nil }.count
    }

    /// One part as a line of JSON, with what the lines for people say of it: `work` and `wire` in microseconds, and which `attempt` it is.
    package func json(of part: Part) -> String {
        struct Line: Encodable {
            let service: String
            let replica: String
            let span: CallSpan
            let work: UInt64?
            let wire: UInt64?
            let attempt: Int?
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let line = Line(
            service: part.service,
            replica: part.replica,
            span: part.span,
            work: work(in: part),
            wire: wire(of: part),
            attempt: attempt(of: part)
        )
        return (try? encoder.encode(line)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    // MARK: Many requests

    /// What was slow or failed, a line each, newest last.
    package var list: [String] {
        guard !parts.isEmpty else { return ["Nobody remembers anything slow or failed."] + gaps }
        return parts.map { part in
            let took = (Double(part.span.duration) / 1_000).text.leftPadded(10)
            let end = part.span.error.map { "  ended with \($0)" } ?? ""
            return "\(part.time)\(took) ms  \(part.replica.rightPadded(18))  \(part.words.rightPadded(40))  "
                + "\(part.span.trace)\(end)"
        } + gaps
    }
}

extension TraceStory.Part {
    fileprivate init(_ span: CallSpan, of service: String, by reply: RollCall.Reply<SpanPage>) {
        let ahead = Int64((reply.ahead ?? 0) * 1_000_000)
        let begin = Int64(clamping: span.beganAt) &- ahead
        self.init(service: service, replica: reply.name, span: span, begin: begin)
    }

    /// An event is followed when the request that made it is long over.
    fileprivate func isWithin(_ other: TraceStory.Part) -> Bool {
        // A microsecond is what rounding may take away on either side.
        begin &+ 1 >= other.begin && end <= other.end &+ 1
    }

    fileprivate var words: String {
        switch span.kind {
        case .served, .requested: span.name
        case .called: "calls \(span.name)"
        case .followed: "follows \(span.name)"
        }
    }

    fileprivate var time: String {
        Date(timeIntervalSince1970: Double(begin) / 1_000_000)
            .formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}

extension UInt64 {
    fileprivate var milliseconds: String { (Double(self) / 1_000).text }
}

extension Double {
    /// Three digits behind the point.
    fileprivate var text: String {
        formatted(.number.precision(.fractionLength(3)).grouping(.never).locale(Locale(identifier: "en_US_POSIX")))
    }
}

extension String {
    fileprivate func leftPadded(_ width: Int) -> String {
        String(repeating: " ", count: Swift.max(0, width - count)) + self
    }

    fileprivate func rightPadded(_ width: Int) -> String {
        self + String(repeating: " ", count: Swift.max(0, width - count))
    }
}
