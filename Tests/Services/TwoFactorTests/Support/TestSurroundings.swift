// A clock that stands still until told, and a KMS that gives tokens or does not.

import Bus
import Contracts
import Synchronization

@testable import TwoFactor

final class TestClock: Sendable {
    private let seconds: Atomic<Int64>

    init(_ seconds: Int64) { self.seconds = Atomic(seconds) }

    var now: Int64 { seconds.load(ordering: .sequentiallyConsistent) }

    func advance(_ by: Int64) { seconds.wrappingAdd(by, ordering: .sequentiallyConsistent) }
}

actor TestTokens: TokenIssuer {
    struct Ended: Equatable {
        let user: String
        let kept: String?
    }

    private(set) var requests: [TokenRequest] = []
    /// Whose sessions were ended, but which.
    private(set) var ended: [Ended] = []
    private var isAway = false
    private var failing: Set<String> = []

    func leave() { isAway = true }

    /// From now on it fails for this user.
    func leave(_ user: String) { failing.insert(user) }

    func comeBack() { isAway = false }

    func token(_ request: TokenRequest) throws -> TwoFactorOperations.Verified {
        guard !isAway else { throw Failure(.unavailable, "nobody") }
        requests.append(request)
        return .init(accessToken: "token-\(requests.count)", tokenType: "bearer", expiresIn: 900)
    }

    func endSessions(of username: String, except kept: String?) throws {
        guard !isAway, !failing.contains(username) else { throw Failure(.unavailable, "nobody") }
        ended.append(Ended(user: username, kept: kept))
    }

    func forget() { ended = [] }
}
