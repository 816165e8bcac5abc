// How a test knows that so many requests are under way at once. Whoever waits holds a thread, so it is nothing for tasks.

import Foundation

/// A barrier for threads: all wait until the last has arrived.
final class Arrivals: @unchecked Sendable {
    // @unchecked because `missing` is used under the condition's lock only.
    private let condition = NSCondition()
    private var missing: Int

    init(_ count: Int) {
        missing = count
    }

    func arriveAndWait() {
        condition.withLock {
            missing -= 1
            if missing <= 0 { condition.broadcast() }
            while missing > 0 { condition.wait() }
        }
    }
}
