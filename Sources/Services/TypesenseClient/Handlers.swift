// The Typesense Client's operations bound to its engine.

package import Bus
import Contracts
import Storage

/// What the Typesense Client answers.
package func handlers(
    engine: any SearchEngine,
    health: IndexHealth = IndexHealth(),
    limits: SearchLimits = SearchLimits()
) -> Handlers {
    var handlers = Handlers()
    for operation in [SearchOperations.search, SearchOperations.searchByQuery] {
        handlers.on(operation) { request, context in
            // Who names a position waits for an index that has just begun as well.
            if let wanted = request.fountainOffset {
                let left = context.deadline.remaining - answering
                try await health.progress.wait(for: wanted, atMost: max(.zero, min(limits.wait, left)))
            }
            return try await search(request, engine, health, limits)
        }
    }
    handlers.on(SearchOperations.sync) { request, _ in try await sync(request, engine) }
    handlers.on(SearchOperations.remove) { reference, _ in
        guard try await engine.remove(byHand: reference.id.text) else {
            throw Failure(.notFound, "There is no document \"\(reference.id.text)\".")
        }
        return Empty()
    }
    handlers.on(SearchOperations.parked) { _, _ in
        ParkedDocuments(parked: try await engine.parked().map { ParkedDocument($0) })
    }
    handlers.on(SearchOperations.replayParked) { request, _ in try await replay(request, engine) }
    handlers.on(SearchOperations.discardParked) { reference, _ in
        let found = try await engine.parked().filter { $0.event.offset == reference.offset }
        guard !found.isEmpty else { throw Failure(.notFound, "Nothing is parked at offset \(reference.offset).") }
        for parked in found { try await engine.discard(parked.event) }
        return Empty()
    }
    handlers.on(SearchOperations.collections) { _, _ in
        SearchCollections(collections: try await engine.collections())
    }
    handlers.on(SearchOperations.collection) { reference, _ in
        guard let found = try await engine.collections().first(where: { $0.name == reference.name.text }) else {
            throw Failure(.notFound, "There is no collection \"\(reference.name.text)\".")
        }
        return found
    }
    return handlers
}

/// What is left of a call's time for its answer, where it had to wait.
private let answering = Duration.milliseconds(200)

/// What a verifier answers, besides.
package func bind(_ verifier: IndexVerifier, _ health: IndexHealth, to handlers: inout Handlers) {
    handlers.on(SearchOperations.verify) { request, _ in
        do { return try await verifier.verify(repairing: request.repair ?? true) } catch let failure as Failure {
            throw failure
        } catch {
            health.reportLoss()
            throw Failure(.unavailable, "The index cannot be mended; it is being built anew.", retryAfter: 1)
        }
    }
}

/// What builds another index beside the one that is shown.
package func bind(_ pair: IndexPair, _ record: RebuildRecord, to handlers: inout Handlers) {
    handlers.on(SearchOperations.reindex) { request, _ in
        try await pair.begin(request.from ?? .log)
        return await record.status(pair)
    }
    handlers.on(SearchOperations.reindexStatus) { _, _ in await record.status(pair) }
}

/// Half an index is not searched, and one that is found gone is looked at at once.
private func search(
    _ request: SearchRequest,
    _ engine: any SearchEngine,
    _ health: IndexHealth,
    _ limits: SearchLimits
) async throws -> SearchAnswer {
    let query = try SearchQuery(request, limits)
    try health.check()
    // Before it is asked: what is shown meanwhile may only be newer than that.
    let behind = health.behind
    let began = ContinuousClock.now
    do {
        var (answer, asked) = try await engine.answer(query, limits.lexicon)
        answer.page = query.page
        answer.behind = behind
        answer.searchTime = Int(began.duration(to: .now) / .milliseconds(1))
        if !query.highlights.isEmpty { answer.highlights = Highlighter(query: asked).highlights(of: answer.hits) }
        return answer
    } catch is IndexLost {
        health.reportLoss()
        throw Failure(.unavailable, "The index was lost; it is being built anew.", retryAfter: 1)
    }
}

/// In the order of the events, so that of one document the last state wins, as it would have.
private func replay(_ request: ReplayParked, _ engine: any SearchEngine) async throws -> ParkedReplayed {
    let isAsked = { @Sendable (parked: ParkedEvent) in
        request.offset.map { $0 == Int(clamping: parked.event.offset) } ?? true
    }
    let asked = try await engine.parked().filter(isAsked)
    for parked in asked { try await engine.apply(IndexBatch(again: parked.event)) }
    let left = try await engine.parked().filter(isAsked)
    return ParkedReplayed(applied: max(0, asked.count - left.count), parked: left.map { ParkedDocument($0) })
}

extension ParkedDocument {
    fileprivate init(_ parked: ParkedEvent) {
        self.init(
            id: parked.event.key,
            reason: parked.reason,
            offset: Int(clamping: parked.event.offset),
            attempts: parked.attempts
        )
    }
}

private func sync(_ request: SyncDocuments, _ engine: any SearchEngine) async throws -> DocumentsSynced {
    guard SyncDocuments.counts.contains(request.documents.count) else {
        throw Failure.invalid("documents", "must have 1 to \(SyncDocuments.counts.upperBound) documents")
    }
    for (index, document) in request.documents.enumerated() {
        let expected = document.element.key
        guard document.id == expected else { throw Failure.invalid("documents.\(index).id", "must be \"\(expected)\"") }
        guard document.sequenceNumber >= 1 else {
            throw Failure.invalid("documents.\(index).sequence_number", "must be at least 1")
        }
    }
    let refused = try await engine.write(request.documents)
    return DocumentsSynced(indexed: request.documents.count - refused.count, refused: refused)
}
