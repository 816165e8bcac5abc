// What becomes of spans between their end and a collector: gathered, sent in batches, sent again, or given up and counted.
//
//     add ─> [batch][batch][part of one] ─ full, or the interval is over, or the end ─> .send ─> settle: taken, refused, or later
//                                                                                         └──────── again <──────────┘
//
// Pure: it is given the time, does no I/O and knows no thread. One batch is under way at a time; while it waits to be sent again, the others wait
// behind it, and what does not fit into `queue` is dropped: the newest, since what led to a trouble is worth more than what follows it.

package import Bus

package struct SpanQueue: Sendable {
    package typealias Instant = ContinuousClock.Instant

    /// How much may wait, and for how long.
    package struct Limits: Sendable, Equatable {
        /// Spans that wait, without the batch that is under way.
        package var queue = 4_096
        /// Spans of one request.
        package var batch = 512
        /// How long spans are gathered before a batch that is not full is sent.
        package var interval = Duration.seconds(1)
        /// From a batch's first attempt on; then it is dropped.
        package var giveUp = Duration.seconds(60)
        /// After a first failure; doubled by each that follows.
        package var firstPause = Duration.seconds(1)
        /// The longest that it becomes, and half of the longest that a collector may ask for.
        package var longestPause = Duration.seconds(30)

        package init() {}
    }

    /// What is to be done now.
    package enum Step: Sendable {
        /// Send these, and say by `settle` what came of it.
        case send([SpanRecord])
        /// Nothing until then, or until `add` says that there is something; nil: until it does.
        case rest(until: Instant?)
        /// Nothing ever again.
        case ended
    }

    /// What came of sending a batch.
    package enum Outcome: Sendable, Equatable {
        /// It was taken, all but so many spans.
        case taken(rejected: Int = 0, reason: String = "")
        /// It never will be; the reason in a few words.
        case refused(String)
        /// Not now; `after` where the collector says when.
        case later(String, after: Duration? = nil)
    }

    /// Spans that no collector has, by why.
    package struct Losses: Sendable, Equatable {
        /// There was no room for them.
        package var unqueued = 0
        /// The collector did not want them.
        package var refused = 0
        /// It could not be reached for too long, or not before the end.
        package var undelivered = 0

        package var all: Int { unqueued + refused + undelivered }
    }

    private let limits: Limits
    /// Oldest first; all but the last are full.
    private var batches: [[SpanRecord]] = []
    /// Spans in `batches`.
    package private(set) var waiting = 0
    /// When what is in `batches` goes, though it is no full batch.
    private var due: Instant?
    /// The batch under way, or to be sent again, and when it was sent first.
    private var current: (spans: [SpanRecord], since: Instant)?
    private var isUnderWay = false
    private var failures = 0
    /// Nothing is sent before, and whether the collector has said so.
    private var pause: (until: Instant, isAsked: Bool)?
    /// When everything ends.
    private var end: Instant?
    /// Since the beginning.
    package private(set) var sent = 0
    package private(set) var losses = Losses()

    package init(_ limits: Limits) { self.limits = limits }

    /// Takes a span, or counts it as lost.
    ///
    /// - Returns: Whether who rests should ask again.
    package mutating func add(_ span: SpanRecord, at now: Instant) -> Bool {
        guard waiting < limits.queue else {
            losses.unqueued += 1
            return false
        }
        if batches.last.map({ $0.count >= limits.batch }) ?? true { batches.append([]) }
        batches[batches.count - 1].append(span)
        waiting += 1
        if due == nil { due = now + limits.interval }
        return waiting == 1 || waiting == limits.batch
    }

    /// What is to be done; a batch that it gives is under way until `settle`.
    package mutating func next(at now: Instant) -> Step {
        guard !isUnderWay else { return .rest(until: nil) }
        if let end, now >= end || (pause?.until ?? now) >= end { abandon() }
        if current == nil, !isDue(now) { return end == nil ? .rest(until: due) : .ended }
        if let pause, now < pause.until { return .rest(until: pause.until) }
        let batch = current ?? (take(at: now), now)
        (current, isUnderWay) = (batch, true)
        return .send(batch.spans)
    }

    private func isDue(_ now: Instant) -> Bool {
        guard let due else { return false }
        return now >= due || waiting >= limits.batch || end != nil
    }

    private mutating func take(at now: Instant) -> [SpanRecord] {
        let batch = batches.removeFirst()
        waiting -= batch.count
        due = waiting > 0 ? now + limits.interval : nil
        return batch
    }

    /// What came of the batch under way. `jitter`, 0 to 1, spreads what would otherwise come back all at once.
    package mutating func settle(_ outcome: Outcome, at now: Instant, jitter: Double) {
        guard let (spans, since) = current else { return }
        isUnderWay = false
        switch outcome {
        case .taken(let rejected, _):
            let lost = min(max(0, rejected), spans.count)
            sent += spans.count - lost
            losses.refused += lost
            (current, failures, pause) = (nil, 0, nil)
        case .refused:
            losses.refused += spans.count
            (current, failures, pause) = (nil, 0, nil)
        case .later(_, let asked):
            failures += 1
            pause = (now + pause(asked, jitter), asked != nil)
            guard let until = pause?.until, since.duration(to: until) > limits.giveUp else { return }
            losses.undelivered += spans.count
            current = nil
        }
    }

    private func pause(_ asked: Duration?, _ jitter: Double) -> Duration {
        let doubled = limits.firstPause * (1 << min(failures - 1, 16))
        let own = min(limits.longestPause, doubled) * (0.5 + jitter / 2)
        return max(own, min(asked ?? .zero, limits.longestPause * 2))
    }

    /// From now on no more is gathered: what is there goes at once, also where only we ourselves wanted to wait, and nothing is sent from `end` on.
    package mutating func finish(by end: Instant) {
        self.end = end
        if pause?.isAsked == false { pause = nil }
    }

    /// Whoever sends has stopped: what is left is lost.
    package mutating func abandon() {
        losses.undelivered += waiting + (current?.spans.count ?? 0)
        (batches, waiting, due, current, isUnderWay) = ([], 0, nil, nil, false)
    }
}
