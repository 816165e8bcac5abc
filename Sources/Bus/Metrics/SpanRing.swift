// The newest spans of a process's part in the bus, in two rings of fixed size: all of them, and those that were slow or failed.
//
//   recent    ●●●●●●●●●●●●●●○○○   each new one takes the place of the oldest
//   notable   ○○●○○○              so that what went wrong an hour ago is there in spite of a million quick calls since
//
// Recording is a lock that nobody holds for long and the store of a value: it is on the way of every call. Everything that costs (texts, clocks,
// order) is left to whoever asks. One other may be told of each span as it ends, for a collector beside the ecosystem (ADR 0062).

internal import Synchronization
internal import ZeroMQ

/// A span as it is kept.
package struct SpanRecord: Sendable {
    package var kind: CallSpan.Kind
    package var trace: TraceContext
    /// 0 where nobody knows.
    package var parent: UInt64 = 0
    package var name: String
    package var other: String
    /// On the kernel's clock, in nanoseconds.
    package var began: UInt64
    /// Nanoseconds.
    package var queue: UInt64 = 0
    /// Nanoseconds.
    package var duration: UInt64
    package var error: String?
    /// It failed by our fault, and not by the caller's.
    package var isFailure = false
    package var isRepeat = false
    /// Nanoseconds of `duration` that a commit took to reach the disk.
    package var disk: UInt64 = 0
    /// Of a call: how often it was tried.
    package var attempts = 1
    /// Of an HTTP request: how it was answered.
    package var status = 0

    package init(
        kind: CallSpan.Kind,
        trace: TraceContext,
        parent: UInt64 = 0,
        name: String,
        other: String,
        began: UInt64,
        queue: UInt64 = 0,
        duration: UInt64,
        error: String? = nil,
        isFailure: Bool = false,
        isRepeat: Bool = false,
        disk: UInt64 = 0
    ) {
        (self.kind, self.trace, self.parent, self.name, self.other) = (kind, trace, parent, name, other)
        (self.began, self.queue, self.duration) = (began, queue, duration)
        (self.error, self.isFailure, self.isRepeat, self.disk) = (error, isFailure, isRepeat, disk)
    }
}

package final class SpanRing: Sendable {
    private struct Ring: Sendable {
        private var kept: [SpanRecord] = []
        private var next = 0
        let capacity: Int

        init(_ capacity: Int) { self.capacity = capacity }

        mutating func append(_ span: SpanRecord) {
            guard kept.count == capacity else { return kept.append(span) }
            guard capacity > 0 else { return }
            kept[next] = span
            next = next + 1 == capacity ? 0 : next + 1
        }

        /// Oldest first.
        var all: [SpanRecord] { Array(kept[next...] + kept[..<next]) }
    }

    private struct State: Sendable {
        var recent: Ring
        var notable: Ring
    }

    private let limits: SpanLimits
    private let slow: UInt64
    private let state: Mutex<State>
    private let follower: (@Sendable (SpanRecord) -> Void)?

    /// - Parameters:
    ///   - limits: How much is kept.
    ///   - follower: Is told of each span as it ends, on the thread where it ended: it must not wait, nor take long.
    package init(_ limits: SpanLimits, follower: (@Sendable (SpanRecord) -> Void)? = nil) {
        self.limits = limits
        self.follower = follower
        slow = limits.slow.wholeMicroseconds.multipliedReportingOverflow(by: 1_000).partialValue
        state = Mutex(State(recent: Ring(limits.recent), notable: Ring(limits.notable)))
    }

    var isOn: Bool { limits.recent > 0 || limits.notable > 0 || isFollowed }
    /// Whether anybody is told of spans as they end.
    var isFollowed: Bool { follower != nil }

    /// Tells the follower alone: of a call with all its attempts, each of which is kept by itself.
    func tell(_ span: SpanRecord) { follower?(span) }

    func record(_ span: SpanRecord) {
        if span.kind != .called { tell(span) }
        let isNotable = span.isFailure || span.duration >= slow
        state.withLock { state in
            state.recent.append(span)
            if isNotable { state.notable.append(span) }
        }
    }

    /// What is remembered of a trace, or else the newest of what was slow or failed; oldest first.
    func page(_ query: SpanQuery, of service: String) throws(Failure) -> SpanPage {
        let limit = query.limit ?? 100
        guard (1...1_000).contains(limit) else { throw .invalid("limit", "must be 1 to 1,000") }
        let found: [SpanRecord]
        if let text = query.trace {
            guard let trace = TraceContext(traceparent: "00-\(text)-0000000000000001-01") else {
                throw .invalid("trace", "must be 32 hexadecimal digits in lower case, not all of them 0")
            }
            found = spans(of: trace)
        } else {
            found = state.withLock { $0.notable.all }
        }
        let (wall, clock) = (KernelClock.unixMicroseconds, KernelClock.nanoseconds)
        let spans = found.suffix(limit).map { CallSpan($0, wall: wall, clock: clock) }
        return SpanPage(service: service, spans: spans, slow: slow / 1_000)
    }

    private func spans(of trace: TraceContext) -> [SpanRecord] {
        let (recent, notable) = state.withLock { ($0.recent.all, $0.notable.all) }
        let mine = { (span: SpanRecord) in
            span.trace.traceHigh == trace.traceHigh && span.trace.traceLow == trace.traceLow
        }
        let newest = recent.filter(mine)
        // What the larger ring has lost the smaller one may still have.
        let known = Set(newest.map { [$0.trace.span, $0.began] })
        let older = notable.filter { mine($0) && !known.contains([$0.trace.span, $0.began]) }
        return (older + newest).sorted { $0.began < $1.began }
    }
}

extension CallSpan {
    /// `wall` and `clock` are the same moment: Unix microseconds, and nanoseconds of the kernel's clock.
    fileprivate init(_ record: SpanRecord, wall: UInt64, clock: UInt64) {
        let age = (clock - min(clock, record.began)) / 1_000
        self.init(
            kind: record.kind,
            trace: record.trace.traceID,
            span: record.trace.spanID,
            parent: record.parent == 0 ? nil : record.trace.spanID(record.parent),
            name: record.name,
            other: record.other,
            beganAt: wall - min(wall, age),
            queue: record.queue / 1_000,
            duration: record.duration / 1_000,
            error: record.error,
            isRepeat: record.isRepeat,
            disk: record.disk == 0 ? nil : record.disk / 1_000
        )
    }
}

extension SpanRing {
    /// Notes what was measured beside the bus: an HTTP request, an event's effect.
    ///
    /// - Parameters:
    ///   - kind: What was measured.
    ///   - name: The topic, or method and route.
    ///   - other: Who was on the other side.
    ///   - trace: Its trace.
    ///   - parent: The span that it is a part of; of an event, that of the call that made it.
    ///   - queue: For how long it waited before.
    ///   - duration: How long it took until now.
    ///   - error: A code, or a status, where it failed.
    ///   - isFailure: Whether that is kept among what went wrong.
    ///   - status: Of an HTTP request, how it was answered.
    package func note(
        _ kind: CallSpan.Kind,
        _ name: String,
        with other: String,
        _ trace: TraceContext,
        parent: TraceContext? = nil,
        queue: Duration = .zero,
        _ duration: Duration,
        error: String? = nil,
        isFailure: Bool = false,
        status: Int = 0
    ) {
        guard isOn else { return }
        let took = duration.wholeMicroseconds * 1_000
        let now = KernelClock.nanoseconds
        var span = SpanRecord(
            kind: kind,
            trace: trace,
            parent: parent?.span ?? 0,
            name: name,
            other: other,
            began: now - min(now, took),
            queue: queue.wholeMicroseconds * 1_000,
            duration: took,
            error: error,
            isFailure: isFailure
        )
        span.status = status
        record(span)
    }
}
