// The idempotency keys of requests that are being done now. The second of two with one key is told so (409, as the draft has it) instead of waiting
// for the first; when that is done, its answer is there for the asking.
//
// It is this gateway's view: two gateways do not see each other's, and the service's ledger keeps both from doing it twice.

internal import Bus
internal import Synchronization

final class KeysInFlight: Sendable {
    struct Claim: Hashable, Sendable {
        let key: String
        let sender: String
        let operation: String
    }

    private let claims = Mutex<Set<Claim>>([])

    /// Takes a key until it is released; nil where there is none to take, or where doing it twice is doing it once.
    ///
    /// - Throws: `conflict` where it is taken.
    func claim(
        _ key: String?,
        of principal: Principal?,
        from client: String,
        for operation: OperationDescription
    ) throws(Failure) -> Claim? {
        guard let key, !operation.isIdempotent else { return nil }
        let sender = principal.map { "\($0.kind.rawValue):\($0.subject)" } ?? "address:\(ClientAddress.caller(client))"
        let claim = Claim(key: key, sender: sender, operation: operation.name)
        guard claims.withLock({ $0.insert(claim).inserted }) else {
            throw Failure(
                .keyInFlight,
                "A request with this key is being done; its answer will be there soon.",
                retryAfter: 1
            )
        }
        return claim
    }

    func release(_ claim: Claim?) {
        guard let claim else { return }
        claims.withLock { _ = $0.remove(claim) }
    }
}
