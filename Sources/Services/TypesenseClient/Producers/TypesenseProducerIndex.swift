// Producers' documents in Typesense: a collection each, with the ecosystem's prefix and our mark. One without the mark is somebody else's,
// whatever its name: it is never dropped, written or shown.

import Bus
import Contracts
package import Storage

package struct TypesenseProducerIndex: ProducerIndex {
    private let configuration: TypesenseConfiguration
    private let prefix: String
    private let ecosystem: String
    private let transport: any HTTPTransport
    private let store: DurableStore

    /// The configuration's collection is the elements'; of each other its name is made of the prefix.
    package init(
        _ configuration: TypesenseConfiguration,
        prefix: String,
        ecosystem: String,
        transport: any HTTPTransport,
        store: DurableStore
    ) {
        (self.configuration, self.prefix, self.ecosystem) = (configuration, prefix, ecosystem)
        (self.transport, self.store) = (transport, store)
    }

    /// What the values of facets are, of which Typesense has digests.
    static let create = DDL(
        tables: """
            CREATE TABLE producer_facet (
                collection INTEGER NOT NULL, token TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (collection, token)
            ) STRICT, WITHOUT ROWID
            """
    )

    private static let note: SQL = """
        INSERT INTO producer_facet (collection, token, text) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
        """
    private static let text: SQL = "SELECT text FROM producer_facet WHERE collection = $1 AND token = $2"
    private static let forget: SQL = "DELETE FROM producer_facet WHERE collection = $1"

    package func refuseForeign(_ name: String) async throws {
        let (names, api) = reach(name)
        guard let found = try await api.collection(names.stored) else { return }
        guard isOurs(found, names) else { throw names.foreign(names.stored) }
    }

    package func make(_ collection: ProducerCollection) async throws {
        try await drop(collection, isNeeded: true)
        let (names, api) = reach(collection.schema.name)
        let mark = names.mark(collection.generation)
        let schema = TypesenseProducerSchema(name: names.stored, mark: mark, collection.schema)
        guard try await api.makeCollection(of: schema) else {
            throw Failure(.unavailable, "Somebody else made the collection.", retryAfter: 1)
        }
    }

    package func look(_ collection: ProducerCollection) async throws -> Int? {
        let (names, api) = reach(collection.schema.name)
        guard let found = try await api.collection(names.stored) else { throw IndexLost() }
        guard let generation = names.generation(of: found.fields.map(\.name)) else { throw names.foreign(names.stored) }
        guard generation == collection.generation else { throw IndexLost() }
        return found.documentCount
    }

    package func drop(_ collection: ProducerCollection) async throws {
        try await drop(collection, isNeeded: false)
        try await store.write { try $0.later(Self.forget, [.int(collection.number)]) }
    }

    package func apply(_ changes: [ProducerChange], to collection: ProducerCollection) async throws
        -> [(row: Int64, reason: String)]
    {
        try await note(changes, of: collection)
        let api = reach(collection.schema.name).api
        let documents = changes.compactMap { TypesenseProducerDocument($0, collection.schema) }
        var refused: [(row: Int64, reason: String)] = []
        if !documents.isEmpty {
            refused = try await api.importLines(documents, ids: documents.map(\.id), action: "upsert")
                .compactMap { id, reason in Int64(id).map { ($0, reason) } }
        }
        let gone = changes.filter { $0.document == nil }.map { String($0.row) }
        for start in stride(from: 0, to: gone.count, by: 100) {
            try await api.deleteDocuments(Array(gone[start..<min(start + 100, gone.count)]))
        }
        return refused
    }

    package func search(_ query: ProducerQuery, in collection: ProducerCollection) async throws -> ProducerFound {
        guard !query.question.findsNothing else { return .nothing(query) }
        let (names, api) = reach(collection.schema.name)
        let (hits, found, result): TypesenseResults<TypesenseRow>.Found =
            try await api.whole(try TypesenseSearch(query, collection: names.stored))
        let facets = try await store.read { transaction in
            try query.facets.map { field in
                let counts = result.facets?.first { $0.fieldName == field.exact }?.counts ?? []
                return SearchFacet.counted(
                    field,
                    try counts.map { count in
                        let text =
                            try FieldValue.number(count.value).map(field.text)
                            ?? transaction.row(Self.text, [.int(collection.number), .text(count.value)]) { $0.text(0) }
                        return SearchFacet.Count(value: text ?? count.value, count: count.count)
                    }
                )
            }
        }
        let count = FoundCount(found, atMost: query.mostFound)
        return ProducerFound(
            rows: hits.prefix(query.page.limit).compactMap { Int64($0.id) },
            found: count.found,
            more: count.more,
            facets: facets
        )
    }

    // MARK: Ours

    private func reach(_ name: String) -> (names: TypesenseNames, api: TypesenseAPI) {
        var configuration = configuration
        configuration.names = TypesenseNames(producers: name, prefix: prefix, ecosystem: ecosystem)
        return (configuration.names, TypesenseAPI(configuration, transport))
    }

    private func isOurs(_ found: SearchCollection, _ names: TypesenseNames) -> Bool {
        names.generation(of: found.fields.map(\.name)) != nil
    }

    /// Ours alone goes.
    private func drop(_ collection: ProducerCollection, isNeeded: Bool) async throws {
        let (names, api) = reach(collection.schema.name)
        guard let found = try await api.collection(names.stored) else { return }
        guard isOurs(found, names) else {
            if isNeeded { throw names.foreign(names.stored) }
            return
        }
        try await api.dropCollection()
    }

    private func note(_ changes: [ProducerChange], of collection: ProducerCollection) async throws {
        let values = changes.flatMap { $0.document?.values ?? [] }.filter { $0.field.isFacet && $0.field.isText }
            .flatMap(\.values)
        guard !values.isEmpty else { return }
        try await store.write { transaction in
            for value in Set(values) {
                guard case .text(let text) = value else { continue }
                try transaction.later(Self.note, [.int(collection.number), .text(value.token), .text(text)])
            }
        }
    }
}
