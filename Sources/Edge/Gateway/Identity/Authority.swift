// The questions of identity that the gateway asks over the bus, in the gateway's own name: which operation answers which is the topology's.
//
// Any way of not getting an answer is "undecided", which is a 503: the edge fails closed. Nothing here is cached, so that a key or token
// that is revoked is refused from the moment the revocation is answered.

internal import Bus
internal import Logging
internal import Topology

struct Authority: Sendable {
    let nodes: Nodes
    let operations: Topology.Gateway.Authority
    let logger: Logger

    struct KeyQuestion: Codable, Sendable {
        let api_key: String
    }

    struct KeyAnswer: Codable, Sendable {
        let active: Bool
        let service_name: String?
        let roles: [String]?
        let scopes: [String]?
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
    }

    struct EnrolmentQuestion: Codable, Sendable {
        let username: String
    }

    struct EnrolmentAnswer: Codable, Sendable {
        let enrolled: Bool
    }

    /// The principal of an API key.
    func principal(ofAPIKey key: String, _ call: CallTerms) async throws(Refused) -> Principal {
        guard let operation = operations.apiKeys else { throw .invalidAPIKey }
        let answer: KeyAnswer = try await ask(operation, KeyQuestion(api_key: key), call)
        guard answer.active, let name = answer.service_name else { throw .invalidAPIKey }
        return Principal(kind: .apiKey, subject: name, roles: answer.roles ?? [], scopes: answer.scopes)
    }

    /// Whether a token whose signature is right still counts.
    func isActive(_ claims: TokenClaims, _ call: CallTerms) async throws(Refused) -> Bool {
        guard let operation = operations.tokens else { return true }
        let question = TokenQuestion(
            jti: claims.tokenID,
            sub: claims.subject,
            kid: claims.keyID,
            iat: claims.issuedAt,
            exp: claims.expiresAt,
            roles: claims.roles
        )
        let answer: TokenAnswer = try await ask(operation, question, call)
        return answer.active
    }

    /// Whether a user has a second factor; where the topology names nobody to ask, nobody has.
    func isEnrolled(_ username: String, _ call: CallTerms) async throws(Refused) -> Bool {
        guard let operation = operations.stepUp else { return false }
        let answer: EnrolmentAnswer = try await ask(operation, EnrolmentQuestion(username: username), call)
        return answer.enrolled
    }

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
                    trace: call.trace.next()
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
