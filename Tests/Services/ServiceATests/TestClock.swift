// A clock that stands until it is moved.

import Bus
import Synchronization

final class TestClock: Sendable {
    private let time = Mutex(Deadline(microseconds: 1_700_000_000_000_000))

    var now: Deadline { time.withLock { $0 } }

    func advance(by duration: Duration) {
        let microseconds = UInt64(duration / .microseconds(1))
        time.withLock { $0 = Deadline(microseconds: $0.microseconds + microseconds) }
    }
}
