// Stands in for whoever keeps keys, tokens and second factors: what it knows is what a test told it.

import Bus
import Leases
import Logging

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

    static let follow = Operation<LeaseRequest, LeaseAnswer>(
        "kms.leases.follow",
        "Leases",
        access: .peer,
        isIdempotent: true
    )

    private struct NoLedger: LeaseLedger {
        func longestLease() -> Duration { .zero }
        func record(longestLease: Duration) {}
    }

    private let keeper = Task {
        try await Leases.begin(
            term: "t",
            limits: .init(length: .seconds(2)),
            ledger: NoLedger(),
            logger: Logger(label: "fake") { _ in SwiftLogNoOpLogHandler() }
        )
    }
    private var givesLeases = false
    /// How often it was asked about keys and tokens.
    private(set) var questions = 0

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
    func giveLeases() { givesLeases = true }

    /// Comes back when no gateway lets the key in any more.
    func takeAway(apiKey: String, of service: String) async throws {
        let leases = try await keeper.value
        let ticket = leases.begin()
        apiKeys[apiKey] = nil
        leases.publish(ticket, [service])
        try await leases.settled(ticket)
    }

    private func standing(on ground: String?) async throws -> Standing? {
        questions += 1
        guard givesLeases, let ground else { return nil }
        return try await keeper.value.moment.standing(on: [ground], goodFor: .seconds(60))
    }

    func enrol(_ username: String) { enrolled.insert(username) }

    private func answer(_ key: String) async throws -> Authority.KeyAnswer {
        let standing = try await standing(on: apiKeys[key]?.service_name)
        var answer = apiKeys[key] ?? .init(active: false, service_name: nil, roles: nil, scopes: nil)
        answer.standing = standing
        return answer
    }

    private func answer(toToken id: String) async throws -> Authority.TokenAnswer {
        let standing = try await standing(on: id)
        return .init(active: !revokedTokens.contains(id), standing: standing)
    }

    nonisolated func keyHandlers() -> Handlers {
        var handlers = Handlers()
        handlers.on(Self.jwks) { _, _ in KeySetAnswer(keys: await self.publicKeys) }
        handlers.on(Self.verify) { question, _ in try await self.answer(question.api_key) }
        handlers.on(Self.check) { question, _ in try await self.answer(toToken: question.jti) }
        handlers.on(Self.follow) { request, _ in try await self.keeper.value.follow(request) }
        return handlers
    }

    nonisolated func factorHandlers() -> Handlers {
        var handlers = Handlers()
        handlers.on(Self.status) { question, _ in .init(enrolled: await self.enrolled.contains(question.username)) }
        return handlers
    }
}
