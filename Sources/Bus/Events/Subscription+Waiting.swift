// How a consumer waits: for events, for the log, for the end.

internal import ZeroMQ

extension Subscription {
    func waitForNews() async {
        guard unsettled.isEmpty, !order.contains(where: hasNews) else { return }
        await wait()
    }

    func hasNews(_ name: String) -> Bool {
        if tails[name]?.hasEvents == true || refusals[name] != nil { return true }
        return refilling[name] == nil && missing(name) != nil
    }

    /// Ends early where there is news, or the subscription is closed.
    func pause(_ duration: Duration) async {
        _ = environment.loop.schedule(after: duration) { [weak self] in self?.assumeIsolated { $0.wakeUp() } }
        await wait()
    }

    func wait() async {
        guard !isClosed else { return }
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiters.append($0) }
        } onCancel: {
            Task { await self.wakeUp() }
        }
    }

    func wakeUp() {
        let woken = waiters
        waiters = []
        for waiter in woken { waiter.resume() }
    }
}
