// Collections of others, and documents for them, in few words.

import Bus
import Contracts
import Foundation
import Storage
import Synchronization
import Testing

@testable import TypesenseClient

extension EngineKind {
    /// Nobody's collections yet; on Typesense under a prefix of their own.
    func producers(
        _ limits: ProducerLimits = ProducerLimits(),
        at location: DatabaseLocation = .memory,
        prefix: String = "ours_\(UUID().uuidString)_",
        through faults: ((any HTTPTransport) -> any HTTPTransport)? = nil
    ) async throws -> Producers {
        guard self == .typesense else { return try Producers(location, limits: limits) }
        let server = try await TypesenseServer.shared.value
        let names = TypesenseNames(collection: "elements", prefix: prefix, ecosystem: "tests")
        let transport = ClientTransport(server.client)
        return try Producers(location, limits: limits) { store in
            TypesenseProducerIndex(
                TypesenseConfiguration(nodes: [server.node], apiKey: TypesenseServer.apiKey, names: names),
                prefix: prefix,
                ecosystem: "tests",
                transport: faults?(transport) ?? transport,
                store: store
            )
        }
    }
}

extension CollectionName {
    static var books: CollectionName { .sample }
}

func newCollection(_ json: String) throws -> NewCollection {
    try PayloadCoding.decode(NewCollection.self, from: Array(json.utf8)[...])
}

func document(_ json: String) throws -> DocumentText { DocumentText(try #require(JSONText(Array(json.utf8)))) }

/// The parameters of a relayed search.
func parameters(_ json: String) throws -> SearchRequest {
    try PayloadCoding.decode(SearchRequest.self, from: Array(json.utf8)[...])
}

extension Producers {
    @discardableResult  // most tests only need it to be there
    func make(_ fields: String, sorting: String? = nil) async throws -> SearchCollection {
        let rest = sorting.map { #","default_sorting_field":"\#($0)""# } ?? ""
        return try await create(newCollection(#"{"name":"books","fields":[\#(fields)]\#(rest)}"#))
    }

    func bring(_ lines: [String]) async throws -> [DocumentsImported.Line] {
        try await write(ImportDocuments(lines.map(document), into: .books)).results
    }

    /// Each of them must be taken.
    func fill(_ lines: [String]) async throws {
        for line in try await bring(lines) { #expect(line.success, "\(line.error ?? "")") }
    }

    func ask(_ json: String) async throws -> RelayedAnswer {
        try await search(.books, parameters(json), SearchLimits())
    }

    /// The ids that are found, best first.
    func ids(_ json: String) async throws -> [String] {
        try await ask(json).hits.map { $0.document.value?["id"].string ?? "" }
    }
}

/// What a transport was wrapped in.
final class FaultBox: Sendable {
    private let held = Mutex<FaultyTransport?>(nil)

    var transport: FaultyTransport? { held.withLock { $0 } }

    func put(_ transport: FaultyTransport) -> FaultyTransport {
        held.withLock { $0 = transport }
        return transport
    }
}

extension Producers {
    /// As SQLite does where it calls a table malformed: the words are gone.
    func breakIndex() async throws {
        let name = try await collection("books").words
        try await store.write { _ = try $0.run(SQL("DROP TABLE \(name)")) }
    }
}
