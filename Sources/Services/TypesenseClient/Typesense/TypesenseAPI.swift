// The requests of Typesense 0.24.1 that the engine needs, and what their answers mean.
//
// A node that does not answer, or answers 5xx, 408 or 429, rests and passes the request to the next one (`NodeTable`), as long as the call has time; where
// none is left the failure is `unavailable`, worth trying again. What it is asked is idempotent throughout, so a second try does no harm. An answer that
// is larger than the client takes (`AnswerTooLarge`) is no fault of the node: another one's is as large.

import Bus
import Contracts
import Foundation
import HTTPClient
import Synchronization

final class TypesenseAPI: Sendable {
    let configuration: TypesenseConfiguration
    private let transport: any HTTPTransport
    private let nodes: Mutex<NodeTable>

    /// A document is stored microseconds after it is indexed; who has not seen it after some half a second waits for something else.
    static let looks = 16
    private static let look = Backoff(base: .milliseconds(2), cap: .milliseconds(100))

    init(_ configuration: TypesenseConfiguration, _ transport: any HTTPTransport) {
        self.configuration = configuration
        self.transport = transport
        nodes = Mutex(NodeTable(configuration.nodes.count, rest: configuration.nodeRest))
    }

    var path: String { "/collections/\(Self.encoded(configuration.names.stored))" }

    // MARK: Collections

    /// False where a collection of that name is there already.
    func makeCollection(_ generation: String) async throws -> Bool {
        let names = configuration.names
        return try await makeCollection(of: TypesenseSchema(name: names.stored, mark: names.mark(generation)))
    }

    /// The same, of any schema.
    func makeCollection(of schema: some Encodable) async throws -> Bool {
        let answer = try await send(.post, "/collections", body: try PayloadCoding.encode(schema))
        switch answer.status {
        case 201: return true
        case 409: return false
        default: throw Self.unexpected(answer)
        }
    }

    func dropCollection() async throws {
        let answer = try await send(.delete, path)
        guard answer.status == 200 || answer.status == 404 else { throw Self.unexpected(answer) }
    }

    /// A collection, whosesoever it is; `nil` where there is none.
    func collection(_ name: String) async throws -> SearchCollection? {
        let answer = try await send(.get, "/collections/\(Self.encoded(name))")
        switch answer.status {
        case 200: return try PayloadCoding.decode(SearchCollection.self, from: answer.body[...])
        case 404: return nil
        default: throw Self.unexpected(answer)
        }
    }

    // MARK: Documents

    /// Writes the documents; those that Typesense refused for what they are, with its reason.
    ///
    /// - Throws: `IndexLost` where the collection is gone; `Failure` with `unavailable` where any line failed for another reason.
    func importDocuments(_ documents: [TypesenseDocument]) async throws -> [(id: String, reason: String)] {
        try await importLines(documents, ids: documents.map(\.id), action: "upsert")
    }

    /// Lets documents stand elsewhere. One that is not there does not matter: what removed it, or will bring it, knows its place.
    func moveDocuments(_ moves: [TypesenseMove]) async throws {
        guard !moves.isEmpty else { return }
        _ = try await importLines(moves, ids: moves.map(\.id), action: "update")
    }

    /// One document a line, whatever it has.
    func importLines(_ lines: [some Encodable], ids: [String], action: String) async throws
        -> [(id: String, reason: String)]
    {
        var body: [UInt8] = []
        for line in lines { body += try PayloadCoding.encode(line) + [UInt8(ascii: "\n")] }
        let path = "\(path)/documents/import?action=\(action)"
        let answer = try await send(.post, path, body: body, timeout: configuration.importTimeout)
        guard answer.status != 404 else { throw IndexLost() }
        guard answer.status == 200 else { throw Self.unexpected(answer) }
        return try ImportReport(answer.body, of: ids).refused
    }

    /// Removes documents; those that are not there do not matter.
    ///
    /// - Throws: `IndexLost` where the collection is gone.
    func deleteDocuments(_ ids: [String]) async throws {
        let list = ids.map(TypesenseText.quoted).joined(separator: ",")
        let answer = try await send(.delete, "\(path)/documents?filter_by=\(Self.encoded("id:=[\(list)]"))")
        guard answer.status != 404 else { throw IndexLost() }
        guard answer.status == 200 else { throw Self.unexpected(answer) }
    }

    /// Removes one document; false where it was not there.
    func deleteDocument(_ id: String) async throws -> Bool {
        let answer = try await send(.delete, "\(path)/documents/\(Self.encoded(id))")
        guard answer.status == 200 || answer.status == 404 else { throw Self.unexpected(answer) }
        return answer.status == 200
    }

    /// Asked by POST, because a query of a thousand letters does not fit into Typesense's URLs.
    func search(_ query: SearchQuery) async throws -> TypesenseFound {
        TypesenseFound(try await whole(try TypesenseSearch(query, collection: configuration.names.stored)), query)
    }

    /// The answer to one search with every hit that it counts. Typesense 0.24 counts a new document from when it has indexed it, and leaves it out of the hits
    /// until it has stored it, so an answer that lacks one is asked for again.
    ///
    /// - Throws: `IndexLost` where there is no collection; `Failure` with `unavailable` where none was whole.
    func whole<Document>(_ search: TypesenseSearch) async throws -> TypesenseResults<Document>.Found {
        for failures in 1...Self.looks {
            let answer = try TypesenseResults<Document>.only(try await ask(search))
            if search.isWhole(hits: answer.hits.count, found: answer.found) { return answer }
            try await Self.look.wait(failures: failures)
        }
        throw Failure(.unavailable, "The search engine counts documents that it does not show.", retryAfter: 1)
    }

    /// The answer to one search as it is.
    private func ask(_ search: TypesenseSearch) async throws -> [UInt8] {
        let body = try PayloadCoding.encode(TypesenseSearches(searches: [search]))
        let answer = try await send(.post, "/multi_search", body: body, key: searchKey)
        guard answer.status == 200 else { throw Self.unexpected(answer) }
        return answer.body
    }

    /// Of whoever is searching; none where the topology asks for none.
    private var searchKey: String? {
        configuration.searchKey.map { parent in
            let now = Int(Deadline.now.microseconds / 1_000_000)
            return ScopedSearchKey(parent: parent, CallContext.current?.principal, at: now).text
        }
    }

    // MARK: Nodes

    private func send(
        _ method: OutboundRequest.Method,
        _ path: String,
        body: [UInt8]? = nil,
        timeout: Duration? = nil,
        key: String? = nil
    ) async throws -> TransportAnswer {
        do {
            return try await answer(to: method, path, body: body, timeout: timeout, key: key)
        } catch is AnswerTooLarge {
            throw AnswerTooLarge.failure
        }
    }

    /// - Throws: `AnswerTooLarge`, and `Failure` with `unavailable`.
    func answer(
        to method: OutboundRequest.Method,
        _ path: String,
        body: [UInt8]? = nil,
        timeout: Duration? = nil,
        key: String? = nil
    ) async throws -> TransportAnswer {
        let order = nodes.withLock { $0.order(at: .now) }
        let deadline = CallContext.current?.deadline
        for node in order {
            // Somebody waits for it, and no longer than so.
            let left = deadline?.remaining ?? .seconds(Int64.max)
            guard left > .zero else { break }
            let request = OutboundRequest(
                method,
                configuration.nodes[node] + path,
                headers: [("X-TYPESENSE-API-KEY", key ?? configuration.apiKey), ("Content-Type", "application/json")],
                body: body,
                timeout: min(timeout ?? configuration.timeout, left)
            )
            guard let answer = try await answer(to: request), !Self.isWorthAnotherTry(answer.status) else {
                if !Task.isCancelled { nodes.withLock { $0.failed(node, at: .now) } }
                continue
            }
            nodes.withLock { $0.answered(node) }
            return answer
        }
        try Task.checkCancellation()
        throw Self.unavailable
    }

    /// `nil` for none. Why a node did not answer is the transport's to count; here only the next node matters.
    private func answer(to request: OutboundRequest) async throws(AnswerTooLarge) -> TransportAnswer? {
        do { return try await transport.send(request) } catch HTTPClientError.tooLarge {
            throw AnswerTooLarge()
        } catch {
            return nil
        }
    }

    private static func isWorthAnotherTry(_ status: Int) -> Bool { status >= 500 || status == 408 || status == 429 }

    static let unavailable = Failure(.unavailable, "The search engine does not answer.", retryAfter: 1)

    /// Typesense's own words stay out: they may quote documents and keys.
    static func unexpected(_ answer: TransportAnswer) -> Failure {
        switch answer.status {
        case 401, 403: Failure(.unavailable, "The search engine refuses the ecosystem's key.", retryAfter: 30)
        default: Failure(.unavailable, "The search engine answered \(answer.status).", retryAfter: 1)
        }
    }

    static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics.intersection(.asciiOnly)) ?? ""
    }
}

/// More than the client takes, of whatever status.
struct AnswerTooLarge: Error {
    static let failure = Failure(.unavailable, "The search engine's answer is larger than may be.", retryAfter: 30)
}

extension CharacterSet {
    fileprivate static let asciiOnly = CharacterSet(charactersIn: Unicode.Scalar(0)...Unicode.Scalar(127))
}
