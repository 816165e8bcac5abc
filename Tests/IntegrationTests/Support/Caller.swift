// A client that does the same over HTTP and directly on the bus, so that every attack is tried on both.
//
// On the bus it is a peer of the ecosystem which passes on the principal that its token names, as the gateway does. Answers are told
// apart by the code of the error; `ok` is success.

import Bus
import Ecosystem
import EcosystemTesting
import Foundation
import HTTPClient
import Secrets

enum Transport: String, CaseIterable, Sendable { case http, bus }

struct Caller: Sendable {
    struct Reply: Sendable {
        let code: String
        let body: JSONValue
        var isOK: Bool { code == "ok" }
        subscript(_ key: String) -> JSONValue { body[key] }
    }

    let ecosystem: TestEcosystem
    let transport: Transport
    var token: String?

    func with(token: String?) -> Caller { Caller(ecosystem: ecosystem, transport: transport, token: token) }
    func over(_ transport: Transport) -> Caller { Caller(ecosystem: ecosystem, transport: transport, token: token) }

    func call<Input, Output>(
        _ operation: Bus.Operation<Input, Output>,
        _ body: JSONValue = .object([:])
    ) async throws -> Reply {
        switch transport {
        case .http: try await callEdge(operation, body)
        case .bus: try await callBus(operation.name, body)
        }
    }

    private func callBus(_ operation: String, _ body: JSONValue) async throws -> Reply {
        do {
            let payload = [UInt8](try JSONEncoder().encode(body))
            let reply = try await ecosystem.bus.call(
                operation,
                payload: payload,
                as: try token.map { try Principal(unverified: $0) },
                timeout: .seconds(30)
            )
            return Reply(code: "ok", body: (try? JSONDecoder().decode(JSONValue.self, from: Data(reply))) ?? .null)
        } catch let failure as Failure {
            return Reply(code: failure.code.name, body: .object(["detail": .string(failure.detail)]))
        }
    }

    private func callEdge<Input, Output>(
        _ operation: Bus.Operation<Input, Output>,
        _ body: JSONValue
    ) async throws -> Reply {
        guard let route = operation.route, let method = OutboundRequest.Method(rawValue: route.method) else {
            return Reply(code: "no route", body: .null)
        }
        var fields = body.fields
        var path = "/\(operation.service)\(route.path)"
        for (name, value) in fields where path.contains("{\(name)}") {
            path = path.replacing("{\(name)}", with: value.string ?? "")
            fields[name] = nil
        }
        var client = ecosystem.edge
        client.token = token
        let hasBody = method != .get && method != .delete
        let bytes = hasBody ? [UInt8](try JSONEncoder().encode(JSONValue.object(fields))) : nil
        let answer = try await client.send(method, path, bytes)
        let code = (200...299).contains(answer.status) ? "ok" : answer["code"].string ?? "\(answer.status)"
        return Reply(code: code, body: answer.json)
    }
}

extension JSONValue {
    var fields: [String: JSONValue] { if case .object(let fields) = self { fields } else { [:] } }
}

extension Principal {
    /// The principal that a token names; its signature is not looked at.
    init(unverified token: String) throws {
        let claims = try JSONValue(claimsOf: token)
        self.init(
            kind: .user,
            subject: claims["sub"].string ?? "",
            roles: claims["roles"].items.compactMap(\.string),
            amr: claims["amr"].items.compactMap(\.string),
            authenticatedAt: claims["auth_time"].integer,
            tokenID: claims["jti"].string
        )
    }
}

extension JSONValue {
    /// The claims of a token.
    init(claimsOf token: String) throws {
        let parts = token.split(separator: ".")
        let bytes = parts.count == 3 ? Base64URL.decode(String(parts[1])) ?? [] : []
        self = try JSONDecoder().decode(JSONValue.self, from: Data(bytes))
    }
}
