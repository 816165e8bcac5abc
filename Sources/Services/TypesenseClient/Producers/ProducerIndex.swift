// What finds a producer's documents: SQLite or Typesense. It keeps no document and no revision: those lie in the store (`ProducerTable`), and
// what an index has lost is filled again from there.

import Bus
import Contracts

/// A collection as the store has it.
package struct ProducerCollection: Sendable {
    let number: Int
    let schema: CollectionSchema
    /// Of what was made for it in the index; another one when that is made anew.
    let generation: String
    /// Those that are there.
    let documents: Int
    /// With those that are gone and must not come back.
    let ids: Int
}

/// What becomes of a document in the index.
package struct ProducerChange: Sendable {
    let row: Int64
    /// None: it goes.
    let document: ProducerDocument?
    /// Of each field with words, its texts as they are indexed.
    private let streams: [(field: SchemaField, texts: [WordStream])]
    /// For the lexicon.
    let words: Set<String>

    init(row: Int64, _ document: ProducerDocument?) {
        (self.row, self.document) = (row, document)
        var words: Set<String> = []
        streams = (document?.values ?? []).filter(\.field.isText).map { field, values in
            let texts = values.compactMap { value -> WordStream? in
                guard case .text(let text) = value else { return nil }
                return WordStream(text)
            }
            return (field, texts)
        }
        for stream in streams.flatMap(\.texts) { stream.note(words: &words) }
        self.words = words
    }

    /// Of each field with words, its tokens, as `written` has them of a text.
    func tokens(_ written: (WordStream) -> String) -> [(field: SchemaField, text: String)] {
        // Behind a word that no text has, so that no phrase reaches from one into the next.
        streams.map { field, texts in (field, texts.map(written).joined(separator: " \(TokenCode.end) ")) }
    }
}

/// The page that was asked for, best first, as rows of the store.
package struct ProducerFound: Sendable {
    let rows: [Int64]
    let found: Int
    /// As `FoundCount.more`.
    let more: Bool?
    let facets: [SearchFacet]

    static func nothing(_ query: ProducerQuery) -> ProducerFound {
        ProducerFound(
            rows: [],
            found: 0,
            more: nil,
            facets: query.facets.map { SearchFacet(field: $0.name, counts: []) }
        )
    }
}

package protocol ProducerIndex: Sendable {
    /// - Throws: `Failure` with `conflict` where something that is not ours has the name.
    func refuseForeign(_ name: String) async throws
    /// Makes what a collection needs, empty; what was there of ours goes.
    func make(_ collection: ProducerCollection) async throws
    /// - Returns: How many documents it has, where that can be told at once.
    /// - Throws: `IndexLost` where it is not what was made; `Failure`.
    func look(_ collection: ProducerCollection) async throws -> Int?
    func drop(_ collection: ProducerCollection) async throws
    /// Done again, it changes nothing.
    ///
    /// - Returns: Those that it does not take, with its reason.
    /// - Throws: `IndexLost` where it must be filled again; `Failure`.
    func apply(_ changes: [ProducerChange], to collection: ProducerCollection) async throws -> [(
        row: Int64, reason: String
    )]
    /// - Throws: The same.
    func search(_ query: ProducerQuery, in collection: ProducerCollection) async throws -> ProducerFound
}

extension SearchFacet {
    /// Values that are counted.
    static let most = 100

    /// The most frequent first, the same frequency by value, whatever the engine's order.
    static func counted(_ field: SchemaField, _ counts: [Count]) -> SearchFacet {
        let sorted = counts.sorted { first, second in
            first.count == second.count
                ? first.value.utf8.lexicographicallyPrecedes(second.value.utf8) : first.count > second.count
        }
        return SearchFacet(field: field.name, counts: Array(sorted.prefix(most)))
    }
}
