// Rung by anybody, waited for by one: what was rung while nobody waited is heard by the next who does. Several rings may be heard as one.

internal import Synchronization

final class Bell: Sendable {
    private struct State {
        var isRung = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func ring() {
        let waiter = state.withLock { state in
            state.isRung = state.waiter == nil
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    /// Until it rings, or the task is cancelled.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let isHeard = state.withLock { state in
                    let isHeard = state.isRung || Task.isCancelled
                    (state.isRung, state.waiter) = (false, isHeard ? nil : waiter)
                    return isHeard
                }
                if isHeard { waiter.resume() }
            }
        } onCancel: {
            ring()
        }
    }
}
