// An exit code that is awaited before it is known: by any number of tasks, any of which may give up without the others' noticing.

import Synchronization

final class ProcessEnd: Sendable {
    private struct State {
        var code: Int32?
        var waiting: [Int: CheckedContinuation<Int32?, Never>] = [:]
        var lastID = 0
    }

    private let state = Mutex(State())

    var isKnown: Bool { known != nil }

    /// The code, where it is known.
    var known: Int32? { state.withLock { $0.code } }

    func set(_ code: Int32) {
        let waiting = state.withLock { state in
            state.code = code
            defer { state.waiting = [:] }
            return state.waiting.values
        }
        for waiter in waiting { waiter.resume(returning: code) }
    }

    /// The code; nil where the task is cancelled before it is known.
    func code() async -> Int32? {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { wait(as: id, $0) }
        } onCancel: {
            giveUp(id)
        }
    }

    private func wait(as id: Int, _ waiter: CheckedContinuation<Int32?, Never>) {
        let code = state.withLock { state in
            if state.code == nil { state.waiting[id] = waiter }
            return state.code
        }
        if let code { return waiter.resume(returning: code) }
        // Cancelled before it waited, and therefore woken by nobody.
        if Task.isCancelled { giveUp(id) }
    }

    private func giveUp(_ id: Int) {
        state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(returning: nil)
    }
}
