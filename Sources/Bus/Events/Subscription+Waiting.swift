// How a consumer waits: for events, for the log, for the end.

internal import ZeroMQ

extension Subscription {
    func waitForNews() async {
        await wait { self.mayAsk || self.order.contains(where: self.hasNews) }
    }

    /// Whether something is to be asked before the consumer can go on, and may be by now.
    private var mayAsk: Bool { resting == nil && (mustAskLeave || !unsettled.isEmpty) }

    func hasNews(_ name: String) -> Bool {
        tails[name]?.hasEvents == true || refusals[name] != nil || mayRefill(name)
    }

    // MARK: Back-off

    func backOff(after topics: some Sequence<String>) -> Duration {
        LinkState.backOff(failures: topics.compactMap { failures[$0] }.max() ?? 0, jitter: .random(in: 0...1))
    }

    /// Ends early where the publisher is there again, or the subscription is closed. Other news wakes it and changes nothing: while a log fails,
    /// each event would be a question otherwise.
    func pause(_ duration: Duration) async {
        let (end, before) = (ContinuousClock.now + duration, returns)
        let isOver = { [self] in ContinuousClock.now >= end || returns != before || isClosed || Task.isCancelled }
        let timer = environment.loop.schedule(after: duration) { [weak self] in self?.assumeIsolated { $0.wakeUp() } }
        while !isOver() { await wait(unless: isOver) }
        environment.loop.cancel(timer)
    }

    /// A pause before the publisher is asked again, in which the consumer gets what is here.
    func rest(after topics: some Sequence<String>) {
        guard resting == nil, !isClosed else { return }
        resting = environment.loop.schedule(after: backOff(after: topics)) { [weak self] in
            self?.assumeIsolated { $0.endRest() }
        }
    }

    private func endRest() {
        resting = nil
        wakeUp()
    }

    /// The publisher is there, or there again: what has failed before says nothing any more.
    func askAtOnce() {
        returns += 1
        failures = [:]
        if let resting { environment.loop.cancel(resting) }
        endRest()
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
