// Answers to give again where a request comes twice under one Idempotency-Key and the answer is a secret: sealed, for a day.
//
//     id      HMAC-SHA-256 under the master key of (who · key), and of the request too where nobody says who he is
//     sealed  AES-256-GCM of (SHA-256 of operation and request · answer), bound to the id
//
// Whoever reads the table learns neither keys nor answers, nor can try passwords on it. Two senders share no keys: an anonymous one is known
// by his whole request. The store keeps receipts in the transaction of their effect and forgets them after `lifetime`; successes only, for a
// request that failed has changed nothing and is judged afresh. What was sealed under a master key that is gone is no receipt any more.

package import Bus
package import Foundation
package import Secrets

package struct ReceiptBook: Sendable {
    /// How long an answer is given again.
    package static let lifetime = Duration.seconds(86_400)
    private static let longestKey = 255

    /// A request under a key.
    package struct Claim: Sendable {
        /// What its receipt may be filed under, one for each master key; the newest first.
        package let ids: [String]
        /// Of the operation and the request.
        let digest: [UInt8]
        let key: String
    }

    private let keyring: Keyring
    private let purpose: String
    private let isBoundToSession: Bool

    /// The receipts of one service; those of different services have nothing in common. `isBoundToSession` says whether an answer is for the
    /// session that asked, and for no other of its user.
    package init(_ keyring: Keyring, service: String, isBoundToSession: Bool) {
        self.keyring = keyring
        purpose = "\(service).receipt"
        self.isBoundToSession = isBoundToSession
    }

    /// The claim of a call, or `nil` where it carries no key.
    ///
    /// - Throws: `Failure` with `invalid_request` for a key that is empty or too long.
    package func claim(_ context: CallContext, _ request: some Encodable) throws -> Claim? {
        guard let key = context.idempotencyKey else { return nil }
        guard (1...Self.longestKey).contains(key.utf8.count) else {
            throw Failure.invalid("Idempotency-Key", "must have 1 to \(Self.longestKey) bytes")
        }
        let request = try PayloadCoding.encode(request)
        var name = try PayloadCoding.encode(sender(context) + [key])
        if context.principal == nil { name += Array(context.operation.utf8) + request }
        return Claim(
            ids: keyring.ids.reversed().compactMap { id in
                keyring.derivedKey(for: purpose, id: id).map {
                    Hex.encode(HMAC.authenticate(.sha256, key: $0, message: name))
                }
            },
            digest: SHA256.hash(Array("\(context.operation)\n".utf8) + request),
            key: key
        )
    }

    /// The answer, to be filed under the first of the claim's ids.
    package func seal(_ answer: some Encodable, for claim: Claim) throws -> (id: String, sealed: Data) {
        let id = claim.ids[0]
        let content = claim.digest + (try PayloadCoding.encode(answer))
        return (id, Data(try keyring.seal(content, purpose: purpose, boundTo: [purpose, id])))
    }

    /// The answer that was filed under `id`.
    ///
    /// - Throws: `Failure` with `idempotency_key_reused` where it was given to another request.
    package func open<Answer: Decodable>(_ sealed: Data, _ id: String, for claim: Claim) throws -> Answer {
        let opened = try keyring.open(Array(sealed), purpose: purpose, boundTo: [purpose, id])
        guard opened.starts(with: claim.digest) else {
            throw Failure(
                .idempotencyKeyReused,
                "The key \"\(claim.key)\" was used for another request: send this one under a new key."
            )
        }
        return try PayloadCoding.decode(Answer.self, from: opened.dropFirst(claim.digest.count))
    }

    private func sender(_ context: CallContext) -> [String] {
        guard let principal = context.principal else { return ["peer", context.peer] }
        let session = isBoundToSession ? principal.tokenID?.prefix { $0 != "." } : nil
        return [principal.kind.rawValue, principal.subject] + [session.map(String.init)].compactMap(\.self)
    }
}
