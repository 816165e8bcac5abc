// A producer's collection searched, and the answer in Typesense's shape.

import Bus
package import Contracts
import Storage
import StreamSafe

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
        var tries = 0
        while true {
            let collection = try await whole(name.text)
            // It may be another one of that name each time.
            let query = try ProducerQuery(request, collection.schema, limits)
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
        let (found, asked, typos) = try await query.answered {
            try await index.search($0, in: collection)
        } guess: { question, errors in
            try await store.read { try Lexicon($0).guess(question, errors: errors, limits) }
        }
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
        let highlights = Dictionary(grouping: answer.highlights ?? []) { ExactText($0.id) }
        self.init(
            hits: try answer.hits.map { document in
                Hit(
                    document: JSONText(trusted: try PayloadCoding.encode(document)),
                    highlights: (highlights[ExactText(document.id)] ?? []).filter { $0.value.contains("<mark>") }
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
