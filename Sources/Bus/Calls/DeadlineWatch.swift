// Looks for calls whose deadline has passed, every 5 ms while any are under way: one timer for all of them. Confined to the node's loop.

internal import ZeroMQ

final class DeadlineWatch {
    private static let interval = Duration.milliseconds(5)
    private let loop: PollLoop
    private var timer: TimerID?
    /// Ends what is due; says whether anything is still under way.
    var onTick: () -> Bool = { false }

    init(loop: PollLoop) { self.loop = loop }

    /// Something is under way.
    func begin() {
        guard timer == nil else { return }
        timer = loop.schedule(after: Self.interval) { self.tick() }
    }

    func end() {
        if let timer { loop.cancel(timer) }
        timer = nil
    }

    private func tick() {
        timer = nil
        if onTick() { begin() }
    }
}
