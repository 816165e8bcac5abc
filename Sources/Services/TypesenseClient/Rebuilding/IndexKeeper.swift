// Keeps the index that is shown in step, and builds another beside it where that is asked for, or where the shown one cannot follow any more.
//
//     shown    ── follows ──────────────────────┬─ stops ──┐
//     beside        ── begins ── follows ── whole ── has the head of then ── swap ── the old one is dropped
//
//     shown    ── its log is gone, another has begun ── stands still, marked with how far it is behind ──┐
//     beside                                       └─ begins ── follows ── whole ── swap ────────────────┘
//
// What the shown one has had is at or below the head of the moment it stopped, so after the swap no reader sees anything go back. Killed
// anywhere in between, the pointer says what to go on with. So it does where a swap fails: both follow again, longer each time, before the next.

import Bus
import Contracts
package import Logging

package struct IndexKeeper: Sendable {
    /// Who reads events: the shown index has a name at the publisher, one that is being built has not.
    package enum Reader: Sendable {
        case shown, beside
    }

    package typealias Opening = @Sendable (Checkpoint?, Reader) async throws -> Indexer.Source

    private let pair: IndexPair
    private let present: any PresentState & SourceHead
    private let health: IndexHealth
    private let record: RebuildRecord
    private let watch: IndexWatch?
    private let verify: (@Sendable () async throws -> Void)?
    private let logger: Logger
    private let pause: @Sendable (Duration) async throws -> Void

    package init(
        _ pair: IndexPair,
        present: any PresentState & SourceHead,
        health: IndexHealth,
        record: RebuildRecord,
        watch: IndexWatch? = nil,
        verify: (@Sendable () async throws -> Void)? = nil,
        logger: Logger,
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        (self.pair, self.present, self.health, self.record) = (pair, present, health, record)
        (self.watch, self.verify, self.logger, self.pause) = (watch, verify, logger, pause)
    }

    /// Runs until the source is closed or the task is cancelled.
    ///
    /// - Parameters:
    ///   - open: Begins to read after a checkpoint, or at the first event where there is none.
    ///   - close: A reader is not needed any more.
    /// - Throws: `CancellationError`, and what the source throws, but not `gone`.
    package func run(open: @escaping Opening, close: @Sendable (Reader) async -> Void = { _ in }) async throws {
        var failures = 0
        while try await runUntilBuilt(open, for: Self.rest(failures)) {
            for reader in [Reader.shown, .beside] { await close(reader) }
            failures = try await swap() ? 0 : failures + 1
        }
    }

    /// How long the shown index follows at least before it is to be swapped again.
    private static func rest(_ failures: Int) -> Duration {
        failures == 0 ? .zero : min(.seconds(1 << min(failures - 1, 6)), .seconds(60))
    }

    /// False where it failed: then both go on following from where they are, and nobody sees an index that stands still.
    private func swap() async throws -> Bool {
        do {
            try await pair.swap()
            logger.notice("another index is shown", metadata: ["search.swaps": "\(pair.state.swaps)"])
            return true
        } catch is IndexLost {
            logger.warning("the index that was built is lost: it is built anew")
            return true
        } catch let failure as Failure {
            try Task.checkCancellation()
            logger.warning("the other index is not shown yet", metadata: ["error": "\(failure.detail)"])
            return false
        }
    }

    /// Whether there is another index to be shown; nobody follows any more when this returns, which is not before `least`.
    private func runUntilBuilt(_ open: @escaping Opening, for least: Duration) async throws -> Bool {
        let beside = IndexHealth(.starting)
        record.begin(beside)
        return try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await build(beside, open)
                return false
            }
            group.addTask {
                guard try await followUntilBuilt(beside, open, for: least) else { return false }
                try await catchUp(beside)
                return true
            }
            defer { group.cancelAll() }
            return try await group.next() ?? false
        }
    }

    /// False where the source was closed.
    private func followUntilBuilt(
        _ beside: IndexHealth,
        _ open: @escaping Opening,
        for least: Duration
    ) async throws -> Bool {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await follow(open)
                return false
            }
            group.addTask {
                if least > .zero { try await pause(least) }
                try await pair.untilBuilding()
                try await beside.untilWhole()
                return true
            }
            defer { group.cancelAll() }
            return try await group.next() ?? false
        }
    }

    private func follow(_ open: @escaping Opening) async throws {
        guard !pair.state.isBehind else { return try await standStill() }
        let indexer = Indexer(
            pair,
            present: present,
            health: health,
            watch: watch,
            verify: verify,
            rebuilding: .keeping,
            logger: logger
        )
        do { try await indexer.run { try await open($0, .shown) } } catch is IndexOutgrown {
            try await retrying { try await pair.fallBehind() }
            try await standStill()
        }
    }

    /// Says how far behind the shown index is, until somebody ends this.
    private func standStill() async throws {
        guard let known = try await retrying({ try await pair.checkpoint() }), known.isWhole else {
            // Wiped meanwhile: there is nothing to show.
            health.become(.lost)
            while true { try await pause(.seconds(1)) }
        }
        health.progress.reached(LogPosition(epoch: known.epoch, offset: known.offset))
        while true {
            // Where nobody can say how far the log is, what was known to be there counts.
            let head = (try? await present.head()) ?? Checkpoint(epoch: known.epoch, offset: known.offset)
            let had = known.epoch == head.epoch ? min(known.offset, head.offset) : 0
            health.become(.behind(head.offset - had))
            try await pause(.seconds(1))
        }
    }

    private func build(_ beside: IndexHealth, _ open: @escaping Opening) async throws {
        try await retrying { try await pair.settle() }
        try await pair.untilBuilding()
        let indexer = Indexer(
            pair.beside,
            present: present,
            health: beside,
            rebuilding: pair.state.building == .present ? .present : .inPlace,
            logger: logger
        )
        try await indexer.run { try await open($0, .beside) }
    }

    /// Until what is built has the head of a moment at which the shown one had stopped.
    private func catchUp(_ beside: IndexHealth) async throws {
        while true {
            let head = try await retrying { try await present.head() }
            let wanted = LogPosition(epoch: head.epoch, offset: head.offset)
            if head.offset > 0 { try await beside.progress.until(wanted) }
            try await beside.untilWhole()
            if head.offset == 0 || beside.progress.position?.includes(wanted) == true { return }
            // The log has begun anew, and only one of the two knows it yet.
            try await pause(.milliseconds(10))
        }
    }

    private func retrying<Value>(_ body: () async throws -> Value) async throws -> Value {
        while true {
            do { return try await body() } catch let failure as Failure {
                try Task.checkCancellation()
                logger.warning("the rebuilding of the index waits", metadata: ["error": "\(failure.detail)"])
                try await pause(.seconds(1))
            }
        }
    }
}
