// Keeps an index in step with its topic: reads from the checkpoint on, applies in batches, tries again until it works.
//
//     checkpoint ──> open(source) ──> events ──> apply ──> events ──> …
//         ↑                             │ unavailable: the same batch again, after a back-off that grows, with jitter
//         └────── index lost, or another epoch: begin anew
//
// While an index is away nothing is fetched, so what waits is in the publisher's log and memory stays as it is. An event that cannot be
// read is parked by the engine and the next ones go on.

package import Bus
import Contracts
package import Logging

package struct Indexer: Sendable {
    /// Gives contiguous events of the topic from where it was opened; `nil` when it is closed.
    package typealias Source = @Sendable () async throws -> [Event]?

    private let engine: any SearchEngine
    private let backoff: Backoff
    private let logger: Logger

    package init(_ engine: any SearchEngine, backoff: Backoff = Backoff(), logger: Logger) {
        self.engine = engine
        self.backoff = backoff
        self.logger = logger
    }

    /// Runs until the source is closed or the task is cancelled.
    ///
    /// - Parameter open: Begins to read after a checkpoint, or at the first event where there is none.
    /// - Throws: `CancellationError`, and what the source throws.
    package func run(open: @Sendable (Checkpoint?) async throws -> Source) async throws {
        while true {
            let checkpoint = try await retrying("checkpoint") { try await engine.checkpoint() }
            do {
                return try await follow(try await open(checkpoint), from: checkpoint)
            } catch is IndexLost {
                logger.warning("index lost: building it anew")
            }
        }
    }

    private func follow(_ next: Source, from checkpoint: Checkpoint?) async throws {
        var epoch = checkpoint?.epoch
        while let events = try await next() {
            for run in events.runsOfOneEpoch {
                guard let batch = IndexBatch(run) else { continue }
                if let known = epoch, known != batch.checkpoint.epoch { try await startOver(batch.checkpoint.epoch) }
                epoch = batch.checkpoint.epoch
                try await retrying("apply") { try await engine.apply(batch) }
                report(batch)
            }
        }
    }

    /// The publisher's log began anew, so nothing that is indexed can be trusted.
    private func startOver(_ epoch: UInt64) async throws {
        logger.warning("topic begins anew", metadata: ["bus.epoch": "\(epoch)"])
        try await retrying("reset") { try await engine.reset() }
    }

    private func report(_ batch: IndexBatch) {
        for poison in batch.poison {
            logger.error(
                "event parked",
                metadata: ["bus.offset": "\(poison.offset)", "search.reason": "\(poison.reason)"]
            )
        }
        logger.debug(
            "indexed",
            metadata: ["bus.offset": "\(batch.checkpoint.offset)", "search.documents": "\(batch.changes.count)"]
        )
    }

    /// Tries until it works; only a lost index and cancellation end it.
    private func retrying<Value>(_ what: String, _ body: () async throws -> Value) async throws -> Value {
        var failures = 0
        while true {
            try Task.checkCancellation()
            do {
                return try await body()
            } catch let error as IndexLost {
                throw error
            } catch {
                failures += 1
                let metadata: Logger.Metadata = [
                    "search.step": "\(what)", "search.failures": "\(failures)", "error": "\(error)",
                ]
                logger.warning("search engine failed", metadata: metadata)
                try await backoff.wait(failures: failures)
            }
        }
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
