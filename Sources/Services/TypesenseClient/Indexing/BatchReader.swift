// Reads events and makes batches of them: a long one while the one before it is applied, so that neither waits for the other.
//
//     events ── decoded, folded, words ──> batch ── applied ──> …
//                                          events ── decoded, folded, words ──> batch ── applied ──> …
//
// What comes singly is not read ahead: then what gathers while one batch is applied is the next one, whole. One batch waits at most.

import Bus

struct BatchReader: Sendable {
    /// Events of one epoch, and what they ask of an index.
    struct Run: Sendable {
        let events: [Event]
        let last: Event
        let batch: IndexBatch

        fileprivate init?(_ events: [Event]) {
            guard let last = events.last, let batch = IndexBatch(events) else { return nil }
            (self.events, self.last, self.batch) = (events, last, batch)
        }
    }

    /// From so many events on there are more behind them.
    private static let long = 100

    private let next: @Sendable () async throws -> [Event]?

    init(_ next: @escaping @Sendable () async throws -> [Event]?) { self.next = next }

    /// Until there are no more.
    ///
    /// - Throws: What `next` throws, once all before it is applied, and what `apply` throws.
    func eachRun(_ apply: (Run) async throws -> Void) async throws {
        var batch = try await read()
        while let runs = batch {
            guard runs.contains(where: { $0.events.count >= Self.long }) else {
                for run in runs { try await apply(run) }
                batch = try await read()
                continue
            }
            async let ahead = read()
            for run in runs { try await apply(run) }
            batch = try await ahead
        }
    }

    /// Beside whoever asks: it takes the processor for some microseconds an event.
    @concurrent private func read() async throws -> [Run]? { try await next()?.runsOfOneEpoch.compactMap(Run.init) }
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
