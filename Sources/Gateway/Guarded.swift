// A value behind a lock that the poll loop and libmicrohttpd's threads share. For moments only: nothing waits or allocates much inside.
// NSLock, not `Synchronization.Mutex`, for the reason given in HTTPServer's `Locked`: ThreadSanitizer has to see the hand-over.

import Foundation

// @unchecked because `value` is touched under the lock only.
final class Guarded<Value: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value

    init(_ value: Value) { self.value = value }

    func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
        lock.lock()
        defer { lock.unlock() }
        return body(&value)
    }

    var current: Value { withLock { $0 } }
}
