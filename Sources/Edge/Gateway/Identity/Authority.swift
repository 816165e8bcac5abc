// The questions of identity that the gateway asks over the bus, in the gateway's own name: which operation answers which is the topology's.
//
// Any way of not getting an answer is "undecided", which is a 503: the edge fails closed. What lets somebody in may be held under its
// service's lease (`VerdictLease`), so that a key or token that is revoked is refused from the moment the revocation is answered; what does
// not is asked for each time.

internal import Bus
internal import Leases
internal import Logging
internal import Topology

struct Authority: Sendable {
    let nodes: Nodes
    let operations: Topology.Gateway.Authority
    let leases: [VerdictLease]
    let logger: Logger

    struct KeyQuestion: Codable, Sendable {
        let api_key: String
    }

    struct KeyAnswer: Codable, Sendable {
        let active: Bool
        let service_name: String?
        let roles: [String]?
        let scopes: [String]?
        var standing: Standing?
    }

    struct TokenQuestion: Codable, Sendable {
        let jti: String
        let sub: String
        let kid: String
        let iat: Int
        let exp: Int
        let roles: [String]
    }

    struct TokenAnswer: Codable, Sendable {
        let active: Bool
        var standing: Standing?
    }

    struct EnrolmentQuestion: Codable, Sendable {
        let username: String
    }

    struct EnrolmentAnswer: Codable, Sendable {
        let enrolled: Bool
        var standing: Standing?
    }

    /// The principal of an API key.
    func principal(ofAPIKey key: String, _ call: CallTerms) async throws(Refused) -> Principal {
        guard let operation = operations.apiKeys else { throw .invalidAPIKey }
        let (lease, id) = (lease(of: operation), VerdictLease.Key.apiKey(key))
        let known = lease?.verdict(id)
        if case .principal(let principal)? = known?.verdict { return principal }
        let answer: KeyAnswer = try await ask(operation, KeyQuestion(api_key: key), call)
        guard answer.active, let name = answer.service_name else { throw .invalidAPIKey }
        let principal = Principal(kind: .apiKey, subject: name, roles: answer.roles ?? [], scopes: answer.scopes)
        let texts = [name] + principal.roles + (principal.scopes ?? [])
        if let lease, let asking = known?.asking {
            lease.keep(.principal(principal), id, answer.standing, asking, size: Self.size(of: texts))
        }
        return principal
    }

    /// Whether a token whose signature is right still counts.
    func isActive(_ claims: TokenClaims, _ call: CallTerms) async throws(Refused) -> Bool {
        guard let operation = operations.tokens else { return true }
        let (lease, id) = (lease(of: operation), VerdictLease.Key.token(claims.tokenID))
        let known = lease?.verdict(id)
        // A token of the same name that says something else is another one.
        if known?.verdict == .token(claims) { return true }
        let question = TokenQuestion(
            jti: claims.tokenID,
            sub: claims.subject,
            kid: claims.keyID,
            iat: claims.issuedAt,
            exp: claims.expiresAt,
            roles: claims.roles
        )
        let answer: TokenAnswer = try await ask(operation, question, call)
        guard answer.active else { return false }
        let texts = [claims.subject, claims.keyID, claims.tokenID] + claims.roles + (claims.amr ?? [])
        if let lease, let asking = known?.asking {
            lease.keep(.token(claims), id, answer.standing, asking, size: Self.size(of: texts))
        }
        return true
    }

    /// Whether a user has a second factor; where the topology names nobody to ask, nobody has.
    func isEnrolled(_ username: String, _ call: CallTerms) async throws(Refused) -> Bool {
        guard let operation = operations.stepUp else { return false }
        let (lease, id) = (lease(of: operation), VerdictLease.Key.factor(of: username))
        let known = lease?.verdict(id)
        if known?.verdict == .noFactor { return false }
        let answer: EnrolmentAnswer = try await ask(operation, EnrolmentQuestion(username: username), call)
        if !answer.enrolled, let lease, let asking = known?.asking {
            lease.keep(.noFactor, id, answer.standing, asking, size: 0)
        }
        return answer.enrolled
    }

    private func lease(of operation: String) -> VerdictLease? {
        leases.first { operation.utf8.starts(with: $0.prefix) }
    }

    /// Bytes of texts and what each takes besides.
    private static func size(of texts: [String]) -> Int { texts.reduce(128) { $0 + $1.utf8.count + 32 } }

    private func ask<Question: Encodable & Sendable, Answer: Decodable & Sendable>(
        _ operation: String,
        _ question: Question,
        _ call: CallTerms
    ) async throws(Refused) -> Answer {
        do {
            let payload = try PayloadCoding.encode(question)
            let reply = try await nodes.call(operation) { node in
                try await node.call(
                    operation,
                    payload: payload,
                    isIdempotent: true,
                    deadline: call.deadline,
                    trace: call.trace
                )
            }
            return try PayloadCoding.decode(Answer.self, from: reply)
        } catch {
            let code = (error as? Failure)?.code.name ?? "\(type(of: error))"
            logger.warning(
                "a question of identity was not answered",
                metadata: ["bus.operation": "\(operation)", "code": "\(code)", "trace": "\(call.trace.traceID)"]
            )
            throw .undecided
        }
    }
}

/// What every bus call of one request shares.
struct CallTerms: Sendable {
    let deadline: Deadline
    let trace: TraceContext
}
