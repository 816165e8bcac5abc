// What Typesense found, as one answer of the contract.

import Bus
import Contracts

struct TypesenseResults: Decodable {
    struct Result: Decodable {
        struct Hit: Decodable { let document: SearchDocument }

        let hits: [Hit]?
        let found: Int?
        /// Set where this search failed: each of a multi-search fails by itself, in an answer of 200.
        let code: Int?
    }

    let results: [Result]

    /// - Throws: `Failure` with `unavailable` where the search failed; `IndexLost` where there is no collection.
    static func answer(_ body: [UInt8]) throws -> SearchAnswer {
        let results: TypesenseResults
        do {
            results = try PayloadCoding.decode(TypesenseResults.self, from: body[...])
        } catch {
            throw Failure(.badReply, "The search engine's answer cannot be read.")
        }
        guard let result = results.results.first, result.code == nil, let hits = result.hits else {
            if results.results.first?.code == 404 { throw IndexLost() }
            throw Failure(.unavailable, "The search engine could not search.", retryAfter: 1)
        }
        return SearchAnswer(hits: hits.map(\.document), found: result.found ?? hits.count)
    }
}
