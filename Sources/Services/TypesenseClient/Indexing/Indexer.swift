// Keeps an index in step with its topic: reads from the checkpoint on, applies in batches, tries again until it works.
//
//     checkpoint ──> open(source) ──> events ──> apply ──> acknowledge ──> events ──> …
//         ↑  ↑                          │ unavailable: the same batch again, after a back-off that grows, with jitter
//         │  │                          │ another error: some attempts, then event by event; what still fails is parked
//         │  └── index lost, another epoch: begin anew
//         └───── events are gone from the log: read the present state, then go on behind it
//
// While an index is away nothing is fetched, so what waits is in the publisher's log and memory stays as it is. An event that cannot be
// read is parked by the engine and the next ones go on.

package import Bus
import Contracts
package import Logging

package struct Indexer: Sendable {
    /// Where events come from.
    package struct Source: Sendable {
        package let next: @Sendable () async throws -> [Event]?
        package let acknowledge: @Sendable (Event) async -> Void

        /// - Parameters:
        ///   - next: Contiguous events of the topic from where it was opened; `nil` when it is closed.
        ///   - acknowledge: Every event up to this one has had its effect.
        package init(
            next: @escaping @Sendable () async throws -> [Event]?,
            acknowledge: @escaping @Sendable (Event) async -> Void = { _ in }
        ) {
            self.next = next
            self.acknowledge = acknowledge
        }
    }

    /// A batch failed again and again, and not because something is away.
    private struct GaveUp: Error {
        let reason: String
    }

    /// Before a batch is taken apart, and before an event is parked.
    private static let attempts = 5

    private let engine: any SearchEngine
    private let present: any PresentState
    private let backoff: Backoff
    private let logger: Logger

    package init(
        _ engine: any SearchEngine,
        present: any PresentState,
        backoff: Backoff = Backoff(),
        logger: Logger
    ) {
        self.engine = engine
        self.present = present
        self.backoff = backoff
        self.logger = logger
    }

    /// Runs until the source is closed or the task is cancelled.
    ///
    /// - Parameter open: Begins to read after a checkpoint, or at the first event where there is none.
    /// - Throws: `CancellationError`, and what the source throws, but not `gone`.
    package func run(open: @Sendable (Checkpoint?) async throws -> Source) async throws {
        while true {
            do {
                let checkpoint = try await retrying("checkpoint") { try await engine.checkpoint() }
                return try await follow(try await open(checkpoint), from: checkpoint)
            } catch is IndexLost {
                logger.warning("index lost: building it anew")
            } catch let failure as Failure where failure.code == .gone {
                logger.warning("events are gone: indexing the present state", metadata: ["error": "\(failure.detail)"])
                try await retrying("present") { try await indexPresentState() }
            }
        }
    }

    /// Killed in between, it has no checkpoint, and the next run begins with this again.
    private func indexPresentState() async throws {
        try await engine.reset()
        let checkpoint = try await present.read { try await engine.apply(IndexBatch($0, checkpoint: nil)) }
        try await engine.apply(IndexBatch([], checkpoint: checkpoint))
    }

    private func follow(_ source: Source, from checkpoint: Checkpoint?) async throws {
        var epoch = checkpoint?.epoch
        while let events = try await source.next() {
            for run in events.runsOfOneEpoch {
                guard let last = run.last else { continue }
                if let known = epoch, known != last.epoch { try await startOver(last.epoch) }
                epoch = last.epoch
                try await apply(run)
                await source.acknowledge(last)
            }
        }
    }

    /// The publisher's log began anew, so nothing that is indexed can be trusted.
    private func startOver(_ epoch: UInt64) async throws {
        logger.warning("topic begins anew", metadata: ["bus.epoch": "\(epoch)"])
        try await retrying("reset") { try await engine.reset() }
    }

    private func apply(_ events: [Event]) async throws {
        guard let batch = IndexBatch(events) else { return }
        do {
            try await retrying("apply", attempts: Self.attempts) { try await engine.apply(batch) }
            report(batch)
        } catch let failed as GaveUp {
            guard events.count > 1 else { return try await park(events[0], failed.reason) }
            for event in events { try await apply([event]) }
        }
    }

    private func park(_ event: Event, _ reason: String) async throws {
        let batch = IndexBatch(parking: event, reason: reason)
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

extension [Event] {
    /// Cut where the epoch changes; a batch has one checkpoint.
    fileprivate var runsOfOneEpoch: [[Event]] {
        reduce(into: []) { runs, event in
            if runs.last?.last?.epoch == event.epoch {
                runs[runs.count - 1].append(event)
            } else {
                runs.append([event])
            }
        }
    }
}
