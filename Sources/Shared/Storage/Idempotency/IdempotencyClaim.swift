// A request that its sender may repeat without doing it twice: who sent it, under which key, and what it asked.

package import Bus
import Secrets

package struct IdempotencyClaim: Sendable, Equatable {
    /// Longer keys are refused.
    package static let maximumKeyLength = 255

    package let key: String
    /// `user:ada`, `api_key:indexer` or `peer:gateway`: keys of different senders never meet.
    package let sender: String
    package let operation: String
    /// The request in canonical JSON.
    package let request: [UInt8]
    /// Made once for all parts: there may be as many as the request has lines.
    private let digest: [UInt8]
    /// What the ledger keeps of the request. One in parts is kept with the first of them; the others keep its digest.
    let kept: [UInt8]

    /// The claim of a call, or `nil` where it carries no key.
    ///
    /// - Throws: `Failure` with `invalid_request` for a key that is empty or too long.
    package init?(_ context: CallContext, _ request: some Encodable) throws {
        guard let key = context.idempotencyKey else { return nil }
        guard (1...Self.maximumKeyLength).contains(key.utf8.count) else {
            throw Failure.invalid("Idempotency-Key", "must have 1 to \(Self.maximumKeyLength) bytes")
        }
        self.key = key
        sender = context.principal.map { "\($0.kind.rawValue):\($0.subject)" } ?? "peer:\(context.peer)"
        operation = context.operation
        self.request = try PayloadCoding.encode(request)
        digest = SHA256.hash(self.request)
        kept = self.request
    }

    private init(_ claim: IdempotencyClaim, part: Int) {
        key = "\(claim.key)#\(part)"
        (sender, operation, request, digest) = (claim.sender, claim.operation, claim.request, claim.digest)
        kept = part == 0 ? request : digest
    }

    /// The claim of one part of a request that is done in several transactions.
    package func part(_ number: Int) -> IdempotencyClaim { IdempotencyClaim(self, part: number) }

    /// Whether this is what the ledger has kept of the request. Older versions kept all of it with each part.
    func isKept(as kept: [UInt8]) -> Bool { kept == self.kept || kept == request }

    /// What a key that was used for something else is answered.
    package var reused: Failure {
        Failure(
            .idempotencyKeyReused,
            "The key \"\(key)\" was used for another request: send this one under a new key."
        )
    }
}
