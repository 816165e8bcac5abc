// A producer's collection searched, and the answer in Typesense's shape.

import Bus
package import Contracts
import Storage

extension Producers {
    static let followsNothing = Failure.invalid(
        "fountain_offset",
        "is a position of Service A's log, which this collection does not follow"
    )

    /// - Throws: `Failure` with `not_found`, `invalid_request` naming the parameter, `unavailable`.
    package func search(_ name: CollectionName, _ request: SearchRequest, _ limits: SearchLimits) async throws
        -> RelayedAnswer
    {
        let began = ContinuousClock.now
        let query = try ProducerQuery(request, try await collection(name.text).schema, limits)
        var tries = 0
        while true {
            let collection = try await whole(name.text)
            do {
                var answer = try await answer(query, request, collection, limits.lexicon)
                answer.searchTime = Int(began.duration(to: .now) / .milliseconds(1))
                return answer
            } catch is IndexLost {
                tries += 1
                guard tries < 3 else { throw Self.beingFilled }
                try await remake(collection)
            }
        }
    }

    private func answer(
        _ query: ProducerQuery,
        _ request: SearchRequest,
        _ collection: ProducerCollection,
        _ limits: Lexicon.Limits
    ) async throws -> RelayedAnswer {
        let (found, asked, typos) = try await find(query, collection, limits)
        let bodies = try await store.read { transaction in
            try found.rows.compactMap { try ProducerTable(transaction).body($0) }
        }
        var answer = RelayedAnswer(
            hits: try bodies.map { try Self.hit($0, asked) },
            found: found.found,
            outOf: collection.documents,
            page: query.page.number,
            facetCounts: found.facets.map { .init(fieldName: $0.field, counts: $0.counts) },
            requestParameters: .init(
                collectionName: collection.schema.name,
                q: request.query.text,
                perPage: query.page.size
            )
        )
        (answer.foundMore, answer.typos) = (found.more, typos)
        return answer
    }

    /// As `SearchEngine.answer`: errors of typing are forgiven where nothing is found without.
    private func find(_ query: ProducerQuery, _ collection: ProducerCollection, _ limits: Lexicon.Limits) async throws
        -> (found: ProducerFound, asked: ProducerQuery, typos: Int?)
    {
        let exact = try await index.search(query, in: collection)
        guard exact.found == 0, query.typos > 0 else { return (exact, query, nil) }
        for errors in 1...query.typos {
            let guess = try await store.read { try Lexicon($0).guess(query.question, errors: errors, limits) }
            guard let guess else { break }
            let guessed = query.asking(guess)
            let found = try await index.search(guessed, in: collection)
            if found.found > 0 { return (found, guessed, errors) }
        }
        return (exact, query, nil)
    }

    private static func hit(_ body: [UInt8], _ query: ProducerQuery) throws -> RelayedAnswer.Hit {
        let text = JSONText(trusted: body)
        let members = try ProducerDocument.members(of: text)
        let highlighter = Highlighter(query.question)
        let highlights = query.highlights.compactMap { field -> RelayedAnswer.Highlight? in
            let found = ProducerDocument.texts(of: field, in: members).enumerated().compactMap { place, text in
                highlighter.found(in: text).map { (place, $0) }
            }
            guard !found.isEmpty else { return nil }
            guard field.isArray else { return .init(field: field.name, snippet: found[0].1) }
            return .init(field: field.name, snippets: found.map(\.1), indices: found.map(\.0))
        }
        return RelayedAnswer.Hit(document: text, highlights: highlights)
    }
}

extension RelayedAnswer {
    /// What was found among the elements.
    init(_ answer: SearchAnswer, to request: SearchRequest, in collection: SearchCollection) throws {
        let highlights = Dictionary(grouping: answer.highlights ?? [], by: \.id)
        self.init(
            hits: try answer.hits.map { document in
                Hit(
                    document: JSONText(trusted: try PayloadCoding.encode(document)),
                    highlights: (highlights[document.id] ?? []).filter { $0.value.contains("<mark>") }
                        .map { Highlight(field: $0.field, snippet: $0.value) }
                )
            },
            found: answer.found,
            outOf: collection.documentCount,
            page: answer.page,
            facetCounts: (answer.facets ?? []).map { FacetCount(fieldName: $0.field, counts: $0.counts) },
            requestParameters: Parameters(
                collectionName: collection.name,
                q: request.query.text,
                perPage: request.perPage?.value ?? request.maxHits?.value ?? MaxHits.standard
            )
        )
        (foundMore, searchTime, typos, behind) = (answer.foundMore, answer.searchTime, answer.typos, answer.behind)
    }
}
