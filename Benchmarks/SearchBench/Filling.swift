// Indexing, by the client's own indexer: events, a thousand at a time, each batch with its checkpoint.

import Bus
import Contracts
import Foundation
import HTTPClient
import Logging
import Storage
import TypesenseClient

/// An index on either engine.
struct Index {
    let engine: any SearchEngine

    init(_ words: inout ArraySlice<String>) throws {
        let place = try SearchBench.word(&words)
        guard place.hasPrefix("http") else {
            engine = try BuiltInEngine(.file(place))
            return
        }
        let parts = place.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 4, let key = ProcessInfo.processInfo.environment["TYPESENSE_API_KEY"] else {
            throw SearchBench.Problem(description: "Typesense is http://host:port/NAME, and its key in TYPESENSE_API_KEY")
        }
        let configuration = TypesenseConfiguration(
            nodes: [parts[0...2].joined(separator: "/")],
            apiKey: key,
            names: TypesenseNames(collection: String(parts[3]), prefix: "bench_", ecosystem: "bench")
        )
        engine = try TypesenseEngine(
            configuration,
            ledger: .file(try SearchBench.word(&words)),
            transport: ClientTransport(HTTPClient())
        )
    }
}

struct Filling {
    private static let batch = 1_000
    /// So many are held in memory at once.
    private static let portion = 50_000

    private let index: Index

    init(_ index: Index) { self.index = index }

    /// Only what the client does counts, from the first event it asks for until the last one is in the index.
    func measure(_ count: Int) async throws -> [String: Double] {
        let play = Play()
        guard try await index.engine.checkpoint() == nil else {
            throw SearchBench.Problem(description: "something is there already")
        }
        var taken = Duration.zero
        for start in stride(from: 1, through: count, by: Self.portion) {
            taken += try await index(try (start...min(count, start + Self.portion - 1)).map(play.event))
        }
        let there = try await index.engine.collections().first?.documentCount
        guard there == count else { throw SearchBench.Problem(description: "\(there ?? 0) of \(count) are there") }
        return ["perSecond": Double(count) / (taken / .seconds(1))]
    }

    private func index(_ events: [Event]) async throws -> Duration {
        let waiting = Waiting(events, Self.batch)
        let logger = Logger(label: "search-bench", factory: { _ in SwiftLogNoOpLogHandler() })
        let indexer = Indexer(index.engine, present: Nowhere(), logger: logger)
        try await indexer.run { _ in Indexer.Source { await waiting.next() } }
        return await waiting.taken
    }
}

/// Events as a subscription has them when many wait.
private actor Waiting {
    private var events: ArraySlice<Event>
    private let batch: Int
    private var began: ContinuousClock.Instant?

    init(_ events: [Event], _ batch: Int) { (self.events, self.batch) = (events[...], batch) }

    /// Since the first was asked for.
    var taken: Duration { began.map { $0.duration(to: .now) } ?? .zero }

    func next() -> [Event]? {
        began = began ?? .now
        let next = events.prefix(batch)
        events = events.dropFirst(batch)
        return next.isEmpty ? nil : Array(next)
    }
}

/// Nobody asks for it while the log has everything.
private struct Nowhere: PresentState {
    func read(_ page: @Sendable ([IndexChange]) async throws -> Void) async throws -> Checkpoint {
        throw SearchBench.Problem(description: "the events are gone")
    }
}
