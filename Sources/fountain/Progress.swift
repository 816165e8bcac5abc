// How far a long command is: a bar that is drawn over on a terminal, a plain line every few seconds where standard error goes elsewhere.

import Ecosystem
import Foundation
import StandardStreams
import Synchronization

final class Progress: Sendable {
    private struct State {
        var done = 0
        /// What was said last, and when.
        var said = -1
        var shown: ContinuousClock.Instant
    }

    private let meter: ProgressMeter
    private let isDrawn = StandardStream.errors.isTerminal
    private let state: Mutex<State>

    /// Begins the count now.
    init(of total: Int) {
        let now = ContinuousClock.now
        meter = ProgressMeter(total: total, began: now)
        state = Mutex(State(shown: now))
    }

    /// So many more are done; may be called from anywhere, as often as one likes.
    func advance(by count: Int = 1) {
        let now = ContinuousClock.now
        let pause = isDrawn ? Duration.milliseconds(100) : .seconds(5)
        let due = state.withLock { state -> Int? in
            state.done += count
            guard state.shown.duration(to: now) >= pause else { return nil }
            (state.said, state.shown) = (state.done, now)
            return state.done
        }
        if let due { show(due, at: now, end: isDrawn ? "" : "\n") }
    }

    /// Shows the last line, and leaves it; what is said next stands below.
    func finish() {
        let (done, said) = state.withLock { ($0.done, $0.said) }
        if isDrawn || done != said { show(done, at: .now, end: "\n") }
    }

    private func show(_ done: Int, at now: ContinuousClock.Instant, end: String) {
        let line = meter.line(done: done, at: now, width: isDrawn ? 30 : 0)
        // Back to the first column, and nothing is left of a longer line.
        complain(isDrawn ? "\r\(line)\u{1B}[K" : line, end: end)
    }
}
