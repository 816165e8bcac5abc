// An issuer in this process: its keys, how often it was asked, whether it is there, and what time it is.

import Bus
import Logging
import Synchronization

@testable import Gateway

final class FakeIssuer: Sendable {
    static let settings = TokenSettings(issuer: "fountain", audience: "fountain")

    let keys = Mutex<[JSONValue]>([])
    let fetches = Mutex(0)
    let isThere = Mutex(true)
    /// Unix seconds.
    let seconds = Mutex(TokenMint.now)
    private let time = Mutex(ContinuousClock.now)

    func verifier(
        _ settings: TokenSettings = settings,
        verified: VerifiedTokens = VerifiedTokens(limit: 1 << 20)
    ) -> TokenVerifier {
        let keys = KeySet(
            fetch: {
                self.fetches.withLock { $0 += 1 }
                guard self.isThere.withLock({ $0 }) else { throw Failure(.unavailable, "") }
                return try PayloadCoding.encode(JSONValue.object(["keys": .array(self.keys.withLock { $0 })]))
            },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            now: { self.time.withLock { $0 } }
        )
        return TokenVerifier(keys: keys, settings: settings, verified: verified) { self.seconds.withLock { $0 } }
    }

    func pass(_ duration: Duration) { time.withLock { $0 += duration } }
}
