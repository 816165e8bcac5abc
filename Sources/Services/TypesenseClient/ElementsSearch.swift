// The elements searched, in both forms of answer. Half an index is not searched, and one that is found gone is looked at at once.

import Bus
import Contracts

struct ElementsSearch {
    /// What is left of a call's time for its answer, where it had to wait.
    private static let answering = Duration.milliseconds(200)

    let engine: any SearchEngine
    let health: IndexHealth
    let limits: SearchLimits

    func answer(_ request: SearchRequest, _ context: CallContext) async throws -> SearchAnswer {
        try await wait(for: request.fountainOffset, context)
        return try await search(request)
    }

    /// As Typesense answers: what was found is shown where it was looked for.
    func relayed(_ request: SearchRequest, after position: LogPosition?, _ context: CallContext) async throws
        -> RelayedAnswer
    {
        for wanted in [position, request.fountainOffset] { try await wait(for: wanted, context) }
        let answer = try await search(request.showingWhatWasFound)
        guard let collection = try await engine.collections().first else { throw Producers.missing(engine.collection) }
        return try RelayedAnswer(answer, to: request, in: collection)
    }

    /// Who names a position waits for an index that has just begun as well.
    private func wait(for wanted: LogPosition?, _ context: CallContext) async throws {
        guard let wanted else { return }
        let left = context.deadline.remaining - Self.answering
        try await health.progress.wait(for: wanted, atMost: max(.zero, min(limits.wait, left)))
    }

    private func search(_ request: SearchRequest) async throws -> SearchAnswer {
        let query = try SearchQuery(request, limits)
        try health.check()
        // Before it is asked: what is shown meanwhile may only be newer than that.
        let behind = health.behind
        let began = ContinuousClock.now
        do {
            var (answer, asked) = try await engine.answer(query, limits.lexicon)
            answer.page = query.page.number
            answer.behind = behind
            answer.searchTime = Int(began.duration(to: .now) / .milliseconds(1))
            if !query.highlights.isEmpty { answer.highlights = Highlighter(query: asked).highlights(of: answer.hits) }
            return answer
        } catch is IndexLost {
            health.reportLoss()
            throw Failure(.unavailable, "The index was lost; it is being built anew.", retryAfter: 1)
        }
    }
}

extension SearchRequest {
    fileprivate var showingWhatWasFound: SearchRequest {
        SearchRequest(
            query: query,
            queryBy: queryBy,
            filterBy: filterBy,
            sortBy: sortBy,
            maxHits: maxHits,
            page: page,
            perPage: perPage,
            facetBy: facetBy,
            highlightFields: highlightFields ?? queryBy,
            prefix: prefix,
            numTypos: numTypos
        )
    }
}
