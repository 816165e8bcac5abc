// The Typesense Client's operations bound to its engine.

package import Bus
import Contracts
import Storage

/// What the Typesense Client answers. Without producers there are no collections of others.
package func handlers(
    engine: any SearchEngine,
    health: IndexHealth = IndexHealth(),
    limits: SearchLimits = SearchLimits(),
    producers: Producers? = nil
) -> Handlers {
    var handlers = Handlers()
    let elements = ElementsSearch(engine: engine, health: health, limits: limits)
    handlers.on(SearchOperations.searchByQuery) { request, context in try await elements.answer(request, context) }
    handlers.on(SearchOperations.search) { input, context in
        switch input {
        case .elements(let request): return .elements(try await elements.answer(request, context))
        case .relayed(let name, let request, let position):
            if name.text == engine.collection {
                return .relayed(try await elements.relayed(request, after: position, context))
            }
            guard let producers else { throw Producers.missing(name.text) }
            guard position == nil else { throw Producers.followsNothing }
            return .relayed(try await producers.search(name, request, limits))
        }
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
    bindDocuments(engine, producers, to: &handlers)
    bindCollections(engine, producers, to: &handlers)
    return handlers
}

/// What is written and removed by hand.
private func bindDocuments(_ engine: any SearchEngine, _ producers: Producers?, to handlers: inout Handlers) {
    handlers.on(SearchOperations.sync) { request, _ in
        switch (request.documents, request.operation, request.collectionName, request.document) {
        case (let documents?, nil, nil, nil):
            try producers?.checkAlone()
            return try await sync(documents, engine)
        case (nil, let operation?, let name?, let document?):
            guard let producers else { throw Producers.missing(name.text) }
            return try await producers.write(operation, document, in: name)
        default:
            throw Failure.invalid("documents", "is required, or operation, collection_name and document without it")
        }
    }
    handlers.on(SearchOperations.remove) { reference, _ in
        let isThere: Bool
        if let name = reference.collectionName {
            guard let producers else { throw Producers.missing(name.text) }
            isThere = try await producers.remove(reference.id.text, reference.revision, in: name)
        } else {
            guard reference.revision == nil else { throw Failure.invalid("revision", "belongs to a collection_name") }
            try producers?.checkAlone()
            isThere = try await engine.remove(byHand: reference.id.text)
        }
        guard isThere else { throw Failure(.notFound, "There is no document \"\(reference.id.text)\".") }
        return Empty()
    }
    guard let producers else { return }
    handlers.on(SearchOperations.importDocuments) { request, _ in try await producers.write(request) }
}

private func bindCollections(_ engine: any SearchEngine, _ producers: Producers?, to handlers: inout Handlers) {
    let all = { @Sendable in try await engine.collections() + (producers?.collections() ?? []) }
    handlers.on(SearchOperations.collections) { _, _ in SearchCollections(collections: try await all()) }
    handlers.on(SearchOperations.collection) { reference, _ in
        guard let found = try await all().first(where: { $0.name == reference.name.text }) else {
            throw Producers.missing(reference.name.text)
        }
        return found
    }
    guard let producers else { return }
    handlers.on(SearchOperations.createCollection) { request, context in
        try await producers.create(request, once: try IdempotencyClaim(context, request))
    }
    handlers.on(SearchOperations.dropCollection) { reference, _ in
        try await producers.drop(reference.name.text)
        return Empty()
    }
}

/// What a verifier answers, besides.
package func bind(_ verifier: IndexVerifier, _ health: IndexHealth, to handlers: inout Handlers) {
    handlers.on(SearchOperations.verify) { request, _ in
        let repairing = request.repair ?? true
        do { return try await verifier.verify(repairing: repairing) } catch let failure as Failure {
            throw failure
        } catch {
            guard repairing else {
                throw Failure(
                    .unavailable,
                    "The index is lost, or of another log than its source's; it has to be built anew."
                )
            }
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

private func sync(_ documents: [SearchDocument], _ engine: any SearchEngine) async throws -> DocumentsSynced {
    guard SyncDocuments.counts.contains(documents.count) else {
        throw Failure.invalid("documents", "must have 1 to \(SyncDocuments.counts.upperBound) documents")
    }
    for (index, document) in documents.enumerated() {
        let expected = document.element.key
        guard document.id == expected else { throw Failure.invalid("documents.\(index).id", "must be \"\(expected)\"") }
        guard document.sequenceNumber >= 1 else {
            throw Failure.invalid("documents.\(index).sequence_number", "must be at least 1")
        }
    }
    let refused = try await engine.write(documents)
    return DocumentsSynced(indexed: documents.count - refused.count, refused: refused)
}
