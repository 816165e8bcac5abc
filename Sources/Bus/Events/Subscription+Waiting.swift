// How a consumer waits: for events, for the log, for the end.

internal import ZeroMQ

extension Subscription {
    func waitForNews() async {
        await wait { !self.unsettled.isEmpty || self.order.contains(where: self.hasNews) }
    }

    func hasNews(_ name: String) -> Bool {
        if tails[name]?.hasEvents == true || refusals[name] != nil { return true }
        return refilling[name] == nil && missing(name) != nil
    }

    /// Ends early where there is news, or the subscription is closed.
    func pause(_ duration: Duration) async {
        _ = environment.loop.schedule(after: duration) { [weak self] in self?.assumeIsolated { $0.wakeUp() } }
        await wait { false }
    }

    /// Waits until somebody wakes it. Whether there is anything to wait for is asked where the continuation is put down: any `await` before
    /// that may let others run, whose call to wake would find nobody.
    private func wait(unless isOver: () -> Bool) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                if isClosed || Task.isCancelled || isOver() { waiter.resume() } else { waiters.append(waiter) }
            }
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
