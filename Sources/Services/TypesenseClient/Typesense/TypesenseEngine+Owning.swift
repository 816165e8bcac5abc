// Which collection in Typesense is ours, and whether it is as we left it.
//
//     no collection                    lost
//     another's mark, or none          foreign: refused by name, and left alone
//     our mark, another generation     ours, but not of this ledger: not to be trusted
//     our mark and generation          as we left it, unless it holds another number of documents than when we last looked
//
// The number is believed only when two looks in a row saw it with nothing written in between: a node of a cluster may be a moment behind.

import Bus
package import Contracts
import Storage

extension TypesenseEngine {
    /// Looks at Typesense before anything is begun there, where it answers.
    ///
    /// - Throws: `Failure` with `conflict` that names a foreign collection where ours would be.
    package func refuseForeign() async throws {
        for name in Set([names.stored, names.collection]) {
            guard let found = try? await api.collection(name) else { continue }
            if generation(of: found) == nil { throw names.foreign(name) }
        }
    }

    package func collections() async throws -> [SearchCollection] {
        try await api.collection(names.stored).flatMap { isOurs($0) ? [shown($0)] : nil } ?? []
    }

    /// Whether our collection is there as this ledger left it.
    ///
    /// - Throws: `Failure` with `conflict` where a foreign one is in its place.
    func findsItsOwn() async throws -> Bool {
        guard let found = try await api.collection(names.stored) else { return false }
        guard let generation = generation(of: found) else { throw names.foreign(names.stored) }
        let known = try await ledger.read { try IndexLedger($0).generation() }
        guard let known, known.name == generation else { return false }
        if let documents = known.documents { return documents == found.documentCount }
        if counts.isSeenAgain(found.documentCount, of: known.name) {
            try await ledger.write { try IndexLedger($0).noteDocuments(found.documentCount) }
        }
        return true
    }

    /// Empties our collection, or makes it. The ledger first: killed in between, it does not know the collection and begins again.
    func beginAnew() async throws {
        let generation = TypesenseNames.newGeneration()
        let known = words
        try await ledger.write { transaction in
            try IndexLedger(transaction).begin(generation)
            known.forget()
        }
        if let found = try await api.collection(names.stored) {
            guard self.generation(of: found) != nil else { throw names.foreign(names.stored) }
            try await api.dropCollection()
        }
        guard try await api.makeCollection(generation) else {
            throw Failure(.unavailable, "Somebody else made the collection.", retryAfter: 1)
        }
    }

    func isOurs(_ collection: SearchCollection) -> Bool { generation(of: collection) != nil }

    private func generation(of collection: SearchCollection) -> String? {
        names.generation(of: collection.fields.map(\.name))
    }

    /// As users know it: by its own name, without what is only there to keep it.
    private func shown(_ collection: SearchCollection) -> SearchCollection {
        SearchCollection(
            name: names.collection,
            documentCount: collection.documentCount,
            fields: collection.fields.filter { $0.name.utf8.first != UInt8(ascii: "_") }
                .map { SearchCollection.Field(name: $0.name, type: $0.type) }
        )
    }
}
