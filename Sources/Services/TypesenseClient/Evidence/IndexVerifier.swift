// Holds the index against its source, without stopping anybody, and puts right what differs.
//
//     for each range of the source:  digest == digest of the same places in the index?   next
//         otherwise                  the elements, as of revision R
//                                    wait until the index has followed to R
//                                    the index's documents there: what is missing, surplus, other?
//                                    mend those of which the index knows nothing newer than R
//
// A change that comes meanwhile is newer than R wherever it shows, so it is neither called a difference nor undone. What cannot be mended
// by single documents loses the index, which is then built anew: another epoch, or a source that is behind its own index.

import Bus
package import Contracts
package import Logging
import Synchronization

/// The index is of another log than its source's, or ahead of it: none of it can be trusted.
package struct IndexOutdated: Error, Equatable {
    package init() {}
}

package final class IndexVerifier: Sendable {
    private static let namedAtMost = 100

    private let index: any SearchEngine & IndexEvidence
    private let source: any SourceEvidence
    private let health: IndexHealth
    private let logger: Logger
    private let pause: @Sendable (Duration) async throws -> Void
    private let gate = SerialGate()
    /// Whoever verified last found another log: `run` says so to whoever builds.
    private let isOutdated = Mutex(false)

    package init(
        _ index: any SearchEngine & IndexEvidence,
        against source: any SourceEvidence,
        health: IndexHealth,
        logger: Logger,
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.index = index
        self.source = source
        self.health = health
        self.logger = logger
        self.pause = pause
    }

    /// Verifies as soon as the index is whole, and again and again; a fiftieth of the time at most goes into it.
    ///
    /// - Throws: `IndexLost`, `IndexOutdated`, `CancellationError`.
    package func run(every interval: Duration) async throws {
        isOutdated.withLock { $0 = false }
        while true {
            while health.state != .whole { try await pause(.milliseconds(100)) }
            let began = ContinuousClock.now
            do {
                _ = try await verify(repairing: true)
            } catch let failure as Failure {
                health.evidence.failed()
                logger.warning("the index could not be verified", metadata: ["error": "\(failure.detail)"])
            }
            try await rest(max(interval, began.duration(to: .now) * 50))
        }
    }

    private func rest(_ delay: Duration) async throws {
        var left = delay
        while left > .zero {
            if isOutdated.withLock({ $0 }) { throw IndexOutdated() }
            try await pause(min(left, .seconds(1)))
            left -= .seconds(1)
        }
    }

    /// One at a time. Who does not repair changes nothing: also an index of another log is then only told of.
    ///
    /// - Throws: `IndexLost` and `IndexOutdated` where the index must be built anew; `Failure` where one of the two sides does not answer, or the index does not
    ///   follow.
    package func verify(repairing: Bool) async throws -> IndexVerdict {
        try await gate.run {
            try health.check()
            try await compareHeads(repairing)
            var verdict = IndexVerdict()
            let names = Set(try await source.sequences()).union(try await index.sequences())
            for name in names.sorted(by: { $0.text < $1.text }) {
                try await compare(name, repairing, &verdict)
            }
            health.evidence.found(verdict)
            return verdict
        }
    }

    private func compareHeads(_ repairing: Bool) async throws {
        // In this order: an index that follows cannot be ahead of a head that is asked for afterwards.
        let known = health.lag.position
        let head = try await source.head()
        guard known.epoch ?? head.epoch == head.epoch, known.offset <= head.offset else {
            logger.warning("the index is of another log", metadata: ["bus.epoch": "\(head.epoch)"])
            if repairing { isOutdated.withLock { $0 = true } }
            throw IndexOutdated()
        }
    }

    private func compare(_ name: SequenceName, _ repairing: Bool, _ verdict: inout IndexVerdict) async throws {
        var from: Int64? = 0
        while let first = from {
            let page = try await source.digests(of: name, from: first)
            for range in page.ranges where range.from < range.to {
                verdict.compared += range.count
                let digest = RangeDigest(of: try await index.entries(of: name, in: range.from..<range.to))
                if digest.count == range.count, digest.text == range.digest { continue }
                try await examine(name, range.from..<range.to, repairing, &verdict)
            }
            from = page.next
        }
    }

    private func examine(
        _ name: SequenceName,
        _ places: Range<Int64>,
        _ repairing: Bool,
        _ verdict: inout IndexVerdict
    ) async throws {
        var differing = try await differences(name, places)
        guard !differing.isEmpty else { return }
        guard repairing else {
            // What was changed while we looked differs once, what is wrong does so again.
            let again = Set(try await differences(name, places).map(\.change.id))
            return verdict.add(differing.filter { again.contains($0.change.id) }, named: Self.namedAtMost)
        }
        let mended = Set(try await index.mend(differing.map(\.change)))
        // Of the others something newer is known by now.
        differing = differing.filter { mended.contains($0.change.id) }
        guard !differing.isEmpty else { return }
        verdict.add(differing, named: Self.namedAtMost)
        health.evidence.suspects(differing.count)
        let left = Set(try await differences(name, places).map(\.change.id))
        verdict.repaired += differing.count { !left.contains($0.change.id) }
        let ids = differing.prefix(10).map(\.change.id).joined(separator: " ")
        logger.error(
            "the index was not what its source says",
            metadata: [
                "search.documents": "\(differing.count)", "search.left": "\(left.count)", "search.ids": "\(ids)",
            ]
        )
    }

    private func differences(_ name: SequenceName, _ places: Range<Int64>) async throws -> [IndexDifference] {
        let present = try await source.elements(of: name, in: places)
        try await untilReached(present.latest)
        return IndexDifference.between(present, try await index.entries(of: name, in: places), of: name)
    }

    /// The index is compared with what it has had the time to follow.
    private func untilReached(_ revision: UInt64) async throws {
        for _ in 0..<500 {
            if health.lag.position.offset >= revision { return }
            try await pause(.milliseconds(20))
        }
        throw Failure(.unavailable, "The index does not follow its source; what differs cannot be told.", retryAfter: 5)
    }
}

extension IndexVerdict {
    fileprivate mutating func add(_ differing: [IndexDifference], named: Int) {
        differences += differing.count
        self.named += differing.prefix(max(0, named - self.named.count)).map {
            Difference(id: $0.change.id, kind: $0.kind)
        }
    }
}
