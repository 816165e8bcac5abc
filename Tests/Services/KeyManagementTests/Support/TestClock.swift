// Time that stands still until a test moves it.

import KeyManagement
import Synchronization

final class TestClock: Sendable {
    private let time = Mutex(Timestamp(rawValue: 1_800_000_000_000))

    var now: Timestamp { time.withLock { $0 } }

    func advance(_ duration: Duration) {
        time.withLock { $0 = $0 + duration }
    }
}
