// What the OpenAPI document promises with `Idempotency-Key`: every operation that takes one is sent twice under the same, and has to give
// the first answer again, byte for byte, and say that it is the first. An operation that is new there needs an example here.

import Bus
import Contracts
import Ecosystem
import EcosystemTesting
import Foundation
import HTTPClient
import Secrets
import Synchronization
import Testing

@Suite(.tags(.integration), .witnessed, .timeLimit(.minutes(2))) struct RepeatTests {
    @Test func `every operation that promises a safe repeat gives its first answer again`() async throws {
        try await TestEcosystem.run { ecosystem in
            let repeats = Repeats(edge: ecosystem.edge)
            let promised = try await repeats.promised()
            try await playAccounts(repeats, ecosystem)
            try await playElements(repeats, ecosystem)
            try await playDocuments(repeats, ecosystem)
            #expect(promised.subtracting(repeats.played).sorted() == [], "without an example here")
            #expect(repeats.played.subtracting(promised).sorted() == [], "without a promise in the document")
        }
    }

    private func playAccounts(_ repeats: Repeats, _ ecosystem: TestEcosystem) async throws {
        let root = try await signUp("root", ["roles": "admin"], repeats)
        let ada = try await signUp("ada", [:], repeats)
        try await repeats.twice(KMS.createKey, ["service_name": "job"], root)
        try await repeats.twice(KMS.rotateKey, ["service_name": "job"], root)
        try await repeats.twice(KMS.deleteKey, ["service_name": "job"], root)
        try await repeats.twice(KMS.rotateSigningKey, [:], root)

        let fresh = try await enrol(ada, repeats)
        let login = try await ecosystem.edge.post("/kms/login", ["username": "ada", "password": .string(password)])
        try await repeats.twice(TwoFactorOperations.generate, [:], login["access_token"].string)
        _ = await ecosystem.code(for: "ada")
        try await repeats.twice(TwoFactorOperations.contact, ["email": "ada@example.org"], fresh)
        let sent = try #require(await ecosystem.code(for: "ada"))
        try await repeats.twice(TwoFactorOperations.confirmContact, ["otp_code": .string(sent)], fresh)
        let change: JSONValue = ["current_password": .string(password), "new_password": "another horse battery"]
        try await repeats.twice(KMS.changePassword, change, fresh)
        try await repeats.twice(TwoFactorOperations.reset, ["username": "ada"], root)

        let bob = try await enrol(try await signUp("bob", [:], repeats), repeats)
        try await repeats.twice(TwoFactorOperations.disable, [:], bob)
        try await repeats.twice(KMS.deleteUser, ["username": "bob"], root)
    }

    private func playElements(_ repeats: Repeats, _ ecosystem: TestEcosystem) async throws {
        let user = try await ecosystem.edge.loggedIn(as: "eve").token
        let element: JSONValue = ["elementType": "script", "elementId": 1, "comment": "one"]
        try await repeats.twice(SequenceOperations.create, element, user)
        try await repeats.twice(
            SequenceOperations.create,
            ["elementType": "script", "elementId": 2, "comment": ""],
            user
        )
        let version = element.fields.merging(["newVersionData": ["text": "two"]]) { $1 }
        try await repeats.twice(SequenceOperations.version, .object(version), user)
        try await repeats.twice(
            SequenceOperations.reorder,
            ["elementIds": .array([1, 2]), "newOrder": .array([2, 1])],
            user
        )
        try await repeats.twice(
            SequenceOperations.move,
            ["elementType": "script", "elementId": 1, "to": 1],
            user
        )
        try await repeats.twice(
            SequenceOperations.batch,
            ["changes": .array([["create": ["elementType": "script", "elementId": 3, "comment": "three"]]])],
            user
        )
        try await repeats.twice(SequenceOperations.delete, ["elementType": "script", "elementId": "1"], user)
        try await repeats.twice(SequenceOperations.empty, ["sequenceName": "script"], user)
    }

    private func playDocuments(_ repeats: Repeats, _ ecosystem: TestEcosystem) async throws {
        let login: JSONValue = ["username": "root", "password": .string(password)]
        let root = try await ecosystem.edge.post("/kms/login", login)["access_token"].string
        let collection: JSONValue = ["name": "plays", "fields": .array([["name": "title", "type": "string"]])]
        try await repeats.twice(SearchOperations.createCollection, collection, root)
    }

    private let password = "correct horse battery"

    /// The token of a new account.
    private func signUp(_ name: String, _ more: [String: JSONValue], _ repeats: Repeats) async throws -> String? {
        let account: [String: JSONValue] = ["username": .string(name), "password": .string(password)]
        try await repeats.twice(KMS.register, .object(account.merging(more) { $1 }), nil)
        return try await repeats.twice(KMS.login, .object(account), nil)["access_token"].string
    }

    /// The token of a user who has enrolled an app and used it.
    private func enrol(_ token: String?, _ repeats: Repeats) async throws -> String? {
        let shown = try await repeats.twice(TwoFactorOperations.enroll, [:], token)
        let secret = try #require(Base32.decode(shown["secret"].string ?? ""))
        let step = Int64(Date().timeIntervalSince1970) / 30
        let codes = [step, step + 1].map { TOTP.standard.code(secret: secret, step: $0) }
        try await repeats.twice(TwoFactorOperations.confirm, ["otp_code": .string(codes[0])], token)
        let verified = try await repeats.twice(TwoFactorOperations.verify, ["otp_code": .string(codes[1])], token)
        return verified["access_token"].string
    }
}

/// Sends requests twice, and keeps which operations it has sent.
private final class Repeats: Sendable {
    private let edge: EdgeClient
    private let names = Mutex<Set<String>>([])

    init(edge: EdgeClient) { self.edge = edge }

    var played: Set<String> { names.withLock { $0 } }

    /// The operations whose OpenAPI entry takes an `Idempotency-Key`.
    func promised() async throws -> Set<String> {
        let document = try await edge.get("/openapi.json").json
        let entries = document["paths"].fields.values.flatMap(\.fields.values)
        let reference: JSONValue = "#/components/parameters/IdempotencyKey"
        let promising = entries.filter { $0["parameters"].items.contains { $0["$ref"] == reference } }
        return Set(promising.compactMap { $0["operationId"].string })
    }

    @discardableResult  // some requests are only steps on the way
    func twice<Input, Output>(
        _ operation: Bus.Operation<Input, Output>,
        _ body: JSONValue,
        _ token: String?
    ) async throws -> JSONValue {
        let key = "\"\(UUID().uuidString)\""
        let first = try await send(operation, body, token, key)
        let second = try await send(operation, body, token, key)
        #expect(first.status == operation.success, "\(operation.name): \(first.text)")
        #expect(second.status == first.status && second.body == first.body, "\(operation.name): \(second.text)")
        let said = [first, second].map { $0.header("Idempotency-Replayed") }
        #expect(said == [nil, "true"], "\(operation.name)")
        names.withLock { _ = $0.insert(operation.name) }
        return first.json
    }

    private func send<Input, Output>(
        _ operation: Bus.Operation<Input, Output>,
        _ body: JSONValue,
        _ token: String?,
        _ key: String
    ) async throws -> EdgeClient.Answer {
        let route = try #require(operation.route)
        let method = try #require(OutboundRequest.Method(rawValue: route.method))
        var (path, fields) = ("/\(operation.service)\(route.path)", body.fields)
        for (name, value) in fields where path.contains("{\(name)}") {
            path = path.replacing("{\(name)}", with: value.string ?? "")
            fields[name] = nil
        }
        var client = edge
        client.token = token
        if method == .delete, !fields.isEmpty {
            path += "?" + fields.map { "\($0)=\($1.string ?? "")" }.joined(separator: "&")
        }
        let bytes = method == .delete ? nil : [UInt8](try JSONEncoder().encode(JSONValue.object(fields)))
        return try await client.send(method, path, bytes, headers: [("Idempotency-Key", key)])
    }
}
