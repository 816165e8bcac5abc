// What Typesense found, as one answer of the contract.

import Bus
import Contracts

/// The best documents, with places instead of numbers, and how many match in all.
struct TypesenseFound: Sendable {
    let hits: [PlacedDocument]
    let found: Int
    let facets: [SearchFacet]?
}

struct TypesenseResults<Document: Decodable & Sendable>: Decodable {
    struct Result: Decodable {
        struct Hit: Decodable { let document: Document }

        struct Facet: Decodable {
            struct Count: Decodable {
                let value: String
                let count: Int
            }

            let fieldName: String
            let counts: [Count]

            enum CodingKeys: String, CodingKey {
                case counts
                case fieldName = "field_name"
            }
        }

        let hits: [Hit]?
        let facets: [Facet]?
        let found: Int?
        /// Set where this search failed: each of a multi-search fails by itself, in an answer of 200.
        let code: Int?

        enum CodingKeys: String, CodingKey {
            case hits, found, code
            case facets = "facet_counts"
        }
    }

    typealias Found = (hits: [Document], found: Int, result: Result)

    let results: [Result]

    /// The answer to the only search.
    ///
    /// - Throws: `Failure` with `unavailable` where the search failed; `IndexLost` where there is no collection.
    static func only(_ body: [UInt8]) throws -> Found {
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
        return (hits.map(\.document), result.found ?? hits.count, result)
    }
}

extension TypesenseFound {
    init(_ answer: TypesenseResults<PlacedDocument>.Found, _ query: SearchQuery) {
        self.init(
            hits: Array(answer.hits.prefix(query.page.limit)),
            found: answer.found,
            facets: query.facets.isEmpty ? nil : query.facets.map { answer.result.facet($0) }
        )
    }
}

extension TypesenseResults.Result {
    /// In an order that does not depend on the engine.
    fileprivate func facet(_ field: DocumentField) -> SearchFacet {
        let counts = facets?.first { $0.fieldName == field.rawValue }?.counts ?? []
        let sorted = counts.sorted { $0.count == $1.count ? $0.value < $1.value : $0.count > $1.count }
        return SearchFacet(
            field: field.rawValue,
            counts: sorted.map { SearchFacet.Count(value: $0.value, count: $0.count) }
        )
    }
}
