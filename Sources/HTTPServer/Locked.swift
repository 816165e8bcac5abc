// A value behind a pthread mutex. Not `Synchronization.Mutex`: when that one is contended, ThreadSanitizer does not see
// the hand-over (a dozen lines that only count under a Mutex are reported as a race), and here, where C threads,
// Dispatch and tasks meet, its word is needed.

import Glibc

// @unchecked because `value` is touched under the mutex only.
@safe final class Locked<Value: Sendable>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private var value: Value

    init(_ value: Value) {
        self.value = value
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe pthread_mutex_init(mutex, nil)
    }

    deinit {
        unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deallocate()
    }

    func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return body(&value)
    }
}
