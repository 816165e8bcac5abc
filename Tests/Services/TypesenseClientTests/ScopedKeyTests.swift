// Searches under keys that are derived from one that may only search, each principal under another (ADR 0060), before a real Typesense.

import Bus
import Contracts
import Foundation
import HTTPClient
import Storage
import Synchronization
import Testing

@testable import TypesenseClient

@Suite(.timeLimit(.minutes(2))) struct ScopedKeyTests {
    /// Which keys were shown, and for what.
    private final class ShownKeys: HTTPTransport {
        private let transport: any HTTPTransport
        private let shown = Mutex<[(url: String, key: String)]>([])

        init(_ transport: any HTTPTransport) { self.transport = transport }

        func of(_ isWanted: (String) -> Bool) -> [String] {
            shown.withLock { $0.filter { isWanted($0.url) }.map(\.key) }
        }

        func send(_ request: OutboundRequest) async throws -> TransportAnswer {
            let key = request.headers.first { $0.name == "X-TYPESENSE-API-KEY" }?.value ?? ""
            shown.withLock { $0.append((request.url, key)) }
            return try await transport.send(request)
        }
    }

    private let collection = "scoped-\(UUID().uuidString)"
    private let now = Int(Deadline.now.microseconds / 1_000_000)

    /// A key for these collections, made by the server.
    private func key(_ actions: [String], _ collections: String) async throws -> String {
        let server = try await TypesenseServer.shared.value
        let made = try await server.ask(
            .post,
            "/keys",
            """
            {"description": "tests", "actions": ["\(actions.joined(separator: "\",\""))"], "collections": ["\(collections)"]}
            """
        )
        #expect(made.status == 201)
        struct Key: Decodable { let value: String }
        return try JSONDecoder().decode(Key.self, from: Data(made.body)).value
    }

    private func engine(_ searchKey: String, _ through: (any HTTPTransport)? = nil) async throws -> TypesenseEngine {
        let server = try await TypesenseServer.shared.value
        let names = TypesenseNames(collection: collection, prefix: "ours_", ecosystem: "tests")
        var configuration = TypesenseConfiguration(
            nodes: [server.node],
            apiKey: TypesenseServer.apiKey,
            names: names
        )
        configuration.searchKey = searchKey
        let transport = through ?? ClientTransport(server.client)
        let engine = try TypesenseEngine(configuration, ledger: .memory, transport: transport)
        #expect(try await engine.checkpoint() == nil)
        try await engine.apply([try change(1, "to be", revision: 1)])
        return engine
    }

    private func context(_ subject: String) -> CallContext {
        CallContext(
            operation: "search",
            principal: Principal(kind: .user, subject: subject, roles: ["user"])
        )
    }

    /// What the server answers to a request under a key.
    private func status(_ method: OutboundRequest.Method, _ path: String, _ body: String?, _ key: String) async throws
        -> Int
    {
        let server = try await TypesenseServer.shared.value
        let headers = [("X-TYPESENSE-API-KEY", key), ("Content-Type", "application/json")]
        let request = OutboundRequest(method, server.node + path, headers: headers, body: body.map { Array($0.utf8) })
        return try await server.client.send(request).status
    }

    /// The same key, by its own words good for longer.
    private func longer(_ key: String) throws -> String {
        let opened = String(decoding: try #require(Data(base64Encoded: key)), as: UTF8.self)
        return Data(opened.replacing(#""expires_at":"#, with: #""expires_at":1"#).utf8).base64EncodedString()
    }

    private func searching(_ collection: String) -> String {
        #"{"searches": [{"collection": "\#(collection)", "q": "*", "query_by": "comment"}]}"#
    }

    @Test func `each principal searches under a key of its own, and nobody under the one that may write`() async throws
    {
        let server = try await TypesenseServer.shared.value
        let parent = try await key(["documents:search"], "ours_.*")
        let shown = ShownKeys(ClientTransport(server.client))
        let engine = try await engine(parent, shown)
        for subject in ["hamlet", "ophelia", "hamlet"] {
            let answer = try await CallContext.$current.withValue(context(subject)) {
                try await engine.search(try query("be"))
            }
            #expect(answer.hits.map(\.id) == ["script_1"])
        }
        #expect(try await engine.search(try query("be")).found == 1)
        let keys = shown.of { $0.hasSuffix("/multi_search") }
        #expect(keys.count == 4)
        #expect(Set(keys).isDisjoint(with: [TypesenseServer.apiKey, parent]))
        // Unless the ten minutes were over in between, it is the same; other principals have others.
        #expect(Set(keys[0...1]).count == 2 && keys[3] != keys[0] && keys[3] != keys[1])
        #expect(Set(shown.of { !$0.hasSuffix("/multi_search") }) == [TypesenseServer.apiKey])
    }

    @Test func `a key is the same for ten minutes and says nothing of who it is for`() throws {
        func key(_ subject: String, at seconds: Int) -> String {
            ScopedSearchKey(parent: "parent", context(subject).principal, at: seconds).text
        }
        #expect(key("hamlet", at: 1_200_000) == key("hamlet", at: 1_200_599))
        #expect(key("hamlet", at: 1_200_000) != key("hamlet", at: 1_200_600))
        #expect(key("hamlet", at: 1_200_000) != key("ophelia", at: 1_200_000))
        let opened = String(decoding: try #require(Data(base64Encoded: key("hamlet", at: 1_200_000))), as: UTF8.self)
        #expect(opened.contains(#"{"expires_at":1201200,"#) && !opened.contains("hamlet"))
    }

    @Test func `a derived key searches, and does nothing else, nowhere else, and not for ever`() async throws {
        let parent = try await key(["documents:search"], "ours_\(collection).*")
        _ = try await engine(parent)
        let foreign = "foreign-\(UUID().uuidString)"
        let server = try await TypesenseServer.shared.value
        let made = try await server.ask(
            .post,
            "/collections",
            #"{"name": "\#(foreign)", "fields": [{"name": "comment", "type": "string"}]}"#
        )
        #expect(made.status == 201)
        let (path, stored) = ("/collections/ours_\(collection)", "ours_\(collection)")
        func derived(_ seconds: Int, from parent: String = parent) -> String {
            ScopedSearchKey(parent: parent, nil, at: seconds).text
        }
        let body = #"{"searches": [{"collection": "\#(stored)", "q": "to", "query_by": "_words_comment"}]}"#
        #expect(try await status(.post, "/multi_search", body, derived(now)) == 200)
        // What is over (in whichever of its ten minutes it was made), what somebody else has changed, and what comes of a key that may do more.
        #expect(try await status(.post, "/multi_search", body, derived(now - 1_800)) == 401)
        #expect(try await status(.post, "/multi_search", body, try longer(derived(now))) == 401)
        #expect(try await status(.post, "/multi_search", body, derived(now, from: TypesenseServer.apiKey)) == 401)
        // Other collections, and anything but a search.
        #expect(try await status(.post, "/multi_search", searching(foreign), derived(now)) == 401)
        #expect(try await status(.post, "\(path)/documents", #"{"id": "x"}"#, derived(now)) == 401)
        #expect(try await status(.delete, path, nil, derived(now)) == 401)
        #expect(try await status(.get, "/collections", nil, derived(now)) == 401)
    }

    @Test func `a parent that may do more than search is refused, and the answer says whose key it is`() async throws {
        let engine = try await engine(try await key(["*"], "*"))
        let failure = await #expect(throws: Failure.self) { try await engine.search(try query("be")) }
        #expect(failure?.code == .unavailable)
        #expect(failure?.detail.contains("key") == true)
    }
}
