// The engines that the shared suite runs through.

import Foundation
import HTTPClient
import Storage
import TypesenseClient

enum EngineKind: String, CaseIterable {
    case builtIn, typesense

    /// An empty engine that knows of no other test's documents.
    func make() async throws -> any SearchEngine {
        switch self {
        case .builtIn: return try BuiltInEngine(.memory)
        case .typesense:
            let server = try await TypesenseServer.shared.value
            let engine = try server.engine()
            // As the indexer does before anything else: it makes the collection.
            _ = try await engine.checkpoint()
            return engine
        }
    }
}

extension TypesenseServer {
    /// An engine with a collection of its own.
    func engine(
        collection: String = "test-\(UUID().uuidString)",
        ecosystem: String = "tests",
        nodes: [String]? = nil,
        side: IndexSide = .first,
        through faults: ((any HTTPTransport) -> any HTTPTransport)? = nil
    ) throws -> TypesenseEngine {
        let names = TypesenseNames(collection: collection, prefix: "ours_", ecosystem: ecosystem, side: side)
        var configuration = TypesenseConfiguration(nodes: nodes ?? [node], apiKey: Self.apiKey, names: names)
        // A machine full of tests may take longer than the usual rest.
        configuration.nodeRest = .seconds(600)
        let transport = ClientTransport(client)
        return try TypesenseEngine(configuration, ledger: .memory, transport: faults?(transport) ?? transport)
    }
}
