// Keeps an index in step with its topic: reads from the checkpoint on, applies in batches, tries again until it works.
//
//     checkpoint ──> open(source) ──> events ──> apply ──> acknowledge ──> events ──> …
//         ↑  ↑                          │ unavailable: the same batch again, after a back-off that grows, with jitter
//         │  │                          │ another error: some attempts, then event by event; what still fails is parked
//         │  └── index lost, another epoch: begin anew
//         └───── events are gone from the log: read the present state, then go on behind it
//
// Beside it an `IndexWatch` looks whether the index is still there, also while nothing happens; and `IndexHealth` knows whether it can be
// shown: a new one is whole when it has what was there as its building began.
//
// While a long batch is applied the next one is read and made ready (`BatchReader`). While an index is away nothing more is fetched, so what waits is in the publisher's log and memory stays as it is. An event that cannot be
// read is parked by the engine and the next ones go on.

package import Bus
import Contracts
package import Logging

/// An index that is whole cannot follow its log any more; it is still there to be searched.
package struct IndexOutgrown: Error, Equatable {
    package init() {}
}

package struct Indexer: Sendable {
    /// Where events come from.
    package struct Source: Sendable {
        package let next: @Sendable () async throws -> [Event]?
        package let acknowledge: @Sendable (Event) async -> Void
        package let head: @Sendable () async throws -> Checkpoint?

        /// - Parameters:
        ///   - next: Contiguous events of the topic from where it was opened; `nil` when it is closed.
        ///   - acknowledge: Every event up to this one has had its effect.
        ///   - head: Where the topic stands now; `nil` where nobody knows.
        package init(
            next: @escaping @Sendable () async throws -> [Event]?,
            acknowledge: @escaping @Sendable (Event) async -> Void = { _ in },
            head: @escaping @Sendable () async throws -> Checkpoint? = { nil }
        ) {
            self.next = next
            self.acknowledge = acknowledge
            self.head = head
        }
    }

    /// A batch failed again and again, and not because something is away.
    private struct GaveUp: Error {
        let reason: String
    }

    /// What becomes of an index that cannot follow any more, and how one begins.
    package enum Rebuilding: Sendable {
        /// It is emptied and filled again, from the first event.
        case inPlace
        /// The same, and it begins with the present state.
        case present
        /// One that is whole stays as it is: another is built beside it (`IndexKeeper`).
        case keeping
    }

    /// Before a batch is taken apart, and before an event is parked.
    private static let attempts = 5

    private let engine: any SearchEngine
    private let present: any PresentState
    private let backoff: Backoff
    private let health: IndexHealth
    private let watch: IndexWatch?
    private let verify: (@Sendable () async throws -> Void)?
    private let rebuilding: Rebuilding
    private let logger: Logger

    package init(
        _ engine: any SearchEngine,
        present: any PresentState,
        backoff: Backoff = Backoff(),
        health: IndexHealth = IndexHealth(),
        watch: IndexWatch? = nil,
        verify: (@Sendable () async throws -> Void)? = nil,
        rebuilding: Rebuilding = .inPlace,
        logger: Logger
    ) {
        self.engine = engine
        self.present = present
        self.backoff = backoff
        self.health = health
        self.watch = watch
        self.verify = verify
        self.rebuilding = rebuilding
        self.logger = logger
    }

    /// Runs until the source is closed or the task is cancelled.
    ///
    /// - Parameter open: Begins to read after a checkpoint, or at the first event where there is none.
    /// - Throws: `CancellationError`, `IndexOutgrown` where a whole index is to be kept, and what the source throws, but not `gone`.
    package func run(open: @escaping @Sendable (Checkpoint?) async throws -> Source) async throws {
        var losses = 0
        while true {
            do {
                var checkpoint = try await retrying("checkpoint") { try await engine.checkpoint() }
                if checkpoint == nil, rebuilding == .present {
                    try await retrying("present") { try await indexPresentState() }
                    checkpoint = try await retrying("checkpoint") { try await engine.checkpoint() }
                }
                health.progress.reached(checkpoint.map { LogPosition(epoch: $0.epoch, offset: $0.offset) })
                let begun = checkpoint
                return try await watched { try await follow(try await open(begun), from: begun) }
            } catch is IndexLost {
                health.become(.lost)
                logger.warning("index lost: building it anew")
                losses += 1
                // What is lost again and again is not built again and again without a pause.
                if losses > 1 { try await backoff.wait(failures: min(losses, 6)) }
            } catch is IndexOutdated {
                try keepWhole()
                health.become(.lost)
                logger.warning("index is of another log: building it anew")
                try await retrying("reset") { try await engine.reset() }
            } catch let failure as Failure where failure.code == .gone {
                try keepWhole()
                logger.warning("events are gone: indexing the present state", metadata: ["error": "\(failure.detail)"])
                try await retrying("present") { try await indexPresentState() }
            }
        }
    }

    private func keepWhole() throws {
        guard rebuilding == .keeping, health.state == .whole else { return }
        logger.warning("the index cannot follow any more: another is built beside it")
        throw IndexOutgrown()
    }

    /// With somebody beside it who looks at the index; ends with whichever ends first.
    private func watched(_ body: @escaping @Sendable () async throws -> Void) async throws {
        guard let watch else { return try await body() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await body() }
            group.addTask { try await watch.run(engine, health) }
            if let verify { group.addTask { try await verify() } }
            try await group.next()
            group.cancelAll()
        }
    }

    /// Killed in between, it has no checkpoint, and the next run begins with this again.
    private func indexPresentState() async throws {
        health.become(.building(done: 0, goal: 0))
        try await engine.reset()
        let checkpoint = try await present.read { page in
            try await engine.apply(IndexBatch(page, checkpoint: nil))
            health.counted(page.count)
        }
        // An element that moved while its page was read is right only with the events behind it.
        let begun = Checkpoint(epoch: checkpoint.epoch, offset: checkpoint.offset, isWhole: false)
        try await engine.apply(IndexBatch([], checkpoint: begun))
    }

    private func follow(_ source: Source, from checkpoint: Checkpoint?) async throws {
        var epoch = checkpoint?.epoch
        health.lag.begin(at: checkpoint)
        var progress = try await begin(source, at: checkpoint)
        let reader = BatchReader(source.next)
        try await reader.eachRun { run in
            if let known = epoch, known != run.last.epoch {
                try await startOver(run.last.epoch)
                progress = try await begin(source, at: nil)
            }
            epoch = run.last.epoch
            health.lag.began(run.events)
            try await apply(run.batch.leaving(whole: progress.isWhole(at: run.last.offset)), of: run.events)
            health.lag.reached(run.last)
            health.become(progress.state(at: run.last.offset))
            health.progress.reached(LogPosition(epoch: run.last.epoch, offset: run.last.offset))
            await source.acknowledge(run.last)
        }
    }

    /// What is still to come before the index can be shown.
    private func begin(_ source: Source, at checkpoint: Checkpoint?) async throws -> BuildProgress {
        if checkpoint?.isWhole == true {
            health.become(.whole)
            return BuildProgress(goal: nil)
        }
        let head = try await retrying("head") { try await source.head() }
        let done = checkpoint?.offset ?? 0
        let progress = BuildProgress(goal: head?.offset)
        if let head, progress.isWhole(at: done) {
            let whole = Checkpoint(epoch: checkpoint?.epoch ?? head.epoch, offset: done)
            try await retrying("apply") { try await engine.apply(IndexBatch([], checkpoint: whole)) }
        }
        health.become(progress.state(at: done))
        return progress
    }

    /// The publisher's log began anew, so nothing that is indexed can be trusted.
    private func startOver(_ epoch: UInt64) async throws {
        try keepWhole()
        logger.warning("topic begins anew", metadata: ["bus.epoch": "\(epoch)"])
        health.become(.lost)
        try await retrying("reset") { try await engine.reset() }
    }

    private func apply(_ batch: IndexBatch, of events: [Event]) async throws {
        let isWhole = batch.checkpoint?.isWhole ?? true
        do {
            try await retrying("apply", attempts: Self.attempts) { try await engine.apply(batch) }
            report(batch)
        } catch let failed as GaveUp {
            guard events.count > 1 else { return try await park(events[0], failed.reason, isWhole: isWhole) }
            for event in events {
                guard let one = IndexBatch([event]) else { continue }
                try await apply(one.leaving(whole: isWhole && event == events.last), of: [event])
            }
        }
    }

    private func park(_ event: Event, _ reason: String, isWhole: Bool) async throws {
        let batch = IndexBatch(parking: event, reason: reason, isWhole: isWhole)
        try await retrying("park") { try await engine.apply(batch) }
        report(batch)
    }

    private func report(_ batch: IndexBatch) {
        for poison in batch.poison {
            logger.error(
                "event parked",
                metadata: ["bus.offset": "\(poison.event.offset)", "search.reason": "\(poison.reason)"]
            )
        }
        logger.debug(
            "indexed",
            metadata: [
                "bus.offset": "\(batch.checkpoint?.offset ?? 0)", "search.documents": "\(batch.changes.count)",
            ]
        )
    }

    /// Tries until it works; only a lost index, cancellation, and what fails so often without anything being away, end it.
    private func retrying<Value>(
        _ what: String,
        attempts: Int = .max,
        _ body: () async throws -> Value
    ) async throws -> Value {
        var (failures, ownFault) = (0, 0)
        while true {
            try Task.checkCancellation()
            do {
                return try await body()
            } catch let error as IndexLost {
                throw error
            } catch {
                failures += 1
                ownFault += error.isAway ? 0 : 1
                // A foreign collection in our place, which somebody has to move.
                if let failure = error as? Failure, failure.code == .conflict {
                    health.become(.refused(failure.detail))
                }
                let metadata: Logger.Metadata = [
                    "search.step": "\(what)", "search.failures": "\(failures)", "error": "\(error)",
                ]
                logger.warning("search engine failed", metadata: metadata)
                guard ownFault < attempts else { throw GaveUp(reason: (error as? Failure)?.detail ?? "\(error)") }
                try await backoff.wait(failures: failures)
            }
        }
    }
}

extension Error {
    /// It will work when something comes back; trying again is right however often it takes.
    fileprivate var isAway: Bool {
        guard let failure = self as? Failure else { return self is CancellationError }
        return [.unavailable, .overloaded, .draining, .deadlineExceeded, .cancelled, .outcomeUnknown]
            .contains(failure.code)
    }
}
