// Indexing, as the indexer does it: events, a thousand at a time, each batch with its checkpoint.

import Bus
import Contracts
import Foundation
import HTTPClient
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

    private let index: Index

    init(_ index: Index) { self.index = index }

    /// Only what the client does counts: reading an event, and bringing it into the index.
    func measure(_ count: Int) async throws -> [String: Double] {
        let (play, clock) = (Play(), ContinuousClock())
        guard try await index.engine.checkpoint() == nil else {
            throw SearchBench.Problem(description: "something is there already")
        }
        var taken = Duration.zero
        for start in stride(from: 1, through: count, by: Self.batch) {
            let events = try (start...min(count, start + Self.batch - 1)).map(play.event)
            let began = clock.now
            guard let batch = IndexBatch(events) else { continue }
            try await index.engine.apply(batch)
            taken += began.duration(to: clock.now)
        }
        let there = try await index.engine.collections().first?.documentCount
        guard there == count else { throw SearchBench.Problem(description: "\(there ?? 0) of \(count) are there") }
        return ["perSecond": Double(count) / (taken / .seconds(1))]
    }
}
