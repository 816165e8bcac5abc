// Stands in for whoever keeps keys, tokens and second factors: what it knows is what a test told it.

import Bus

@testable import Gateway

actor FakeAuthority {
    struct KeySetAnswer: Codable, Sendable { let keys: [JSONValue] }

    static let jwks = Operation<Empty, KeySetAnswer>("kms.jwks", "Keys", access: .peer, isIdempotent: true)
    static let verify = Operation<Authority.KeyQuestion, Authority.KeyAnswer>(
        "kms.keys.verify",
        "An API key's",
        access: .peer
    )
    static let check = Operation<Authority.TokenQuestion, Authority.TokenAnswer>(
        "kms.tokens.check",
        "A token's",
        access: .peer
    )
    static let status = Operation<Authority.EnrolmentQuestion, Authority.EnrolmentAnswer>(
        "2fa.status",
        "Enrolled?",
        access: .peer
    )

    private var publicKeys: [JSONValue] = []
    private var apiKeys: [String: Authority.KeyAnswer] = [:]
    private var revokedTokens: Set<String> = []
    private var enrolled: Set<String> = []

    func publish(_ key: JSONValue) { publicKeys.append(key) }
    func issue(_ key: String, to service: String, roles: [String] = [], scopes: [String]? = nil) {
        apiKeys[key] = .init(active: true, service_name: service, roles: roles, scopes: scopes)
    }
    func revoke(apiKey: String) { apiKeys[apiKey] = nil }
    func revoke(token: String) { revokedTokens.insert(token) }
    func enrol(_ username: String) { enrolled.insert(username) }

    private func answer(_ key: String) -> Authority.KeyAnswer {
        apiKeys[key] ?? .init(active: false, service_name: nil, roles: nil, scopes: nil)
    }

    nonisolated func keyHandlers() -> Handlers {
        var handlers = Handlers()
        handlers.on(Self.jwks) { _, _ in KeySetAnswer(keys: await self.publicKeys) }
        handlers.on(Self.verify) { question, _ in await self.answer(question.api_key) }
        handlers.on(Self.check) { question, _ in .init(active: await !self.revokedTokens.contains(question.jti)) }
        return handlers
    }

    nonisolated func factorHandlers() -> Handlers {
        var handlers = Handlers()
        handlers.on(Self.status) { question, _ in .init(enrolled: await self.enrolled.contains(question.username)) }
        return handlers
    }
}
