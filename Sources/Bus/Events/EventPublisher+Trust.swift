// Who hears what. Over `tcp` the XPUB is a manual one: a subscription of whose right we are not sure is never put in place, and no event
// ever goes to that connection. The subscriber learns of it from `bus.replay`, which answers `forbidden`.

internal import Logging
internal import ZeroMQ

extension EventPublisher {
    var listenerStats: ListenerStats {
        var stats = listener.stats
        stats.refusedSubscriptions = refused
        return stats
    }

    /// Puts the subscription that was received last in place, where its sender may have it.
    func accepts(_ filter: ArraySlice<UInt8>) -> Bool {
        guard let trust else { return true }
        guard trust.mayFilter(user, filter) else {
            refused += 1
            // One line for one, ten for a thousand: who asks without end does not fill the log.
            guard refused.nonzeroBitCount == 1 else { return false }
            environment.logger.warning(
                "refused a subscription",
                metadata: [
                    "bus.peer": "\(trust.name(of: user) ?? "unknown")",
                    "bus.topic": "\(String(decoding: filter.prefix { $0 != 0 }, as: UTF8.self))",
                ]
            )
            return false
        }
        return (try? socket.subscribe(Array(filter))) != nil
    }

    /// Begins anew with a socket of the same address: everybody connects again and is judged again. Nothing gets lost by it, since
    /// subscribers see the gap and refill it.
    ///
    /// Needed where rights were taken away, since a subscription can be taken back only while its message is in hand; and where somebody
    /// sends an XPUB what is no subscription, since libzmq then counts subscriptions and connections out of step, and the next one would
    /// be put in place for another.
    func reopen(_ reason: String) {
        guard !isReopening, !isClosing else { return }
        environment.logger.notice("connecting all subscribers anew", metadata: ["reason": "\(reason)"])
        revision = trust?.revision ?? 0
        isReopening = true
        environment.loop.ignore(socket)
        listener.close { [weak self] in self?.openAgain() }
    }

    private func openAgain() {
        guard !isClosing else { return }
        do {
            let rejected = listener.rejectedHandshakes
            listener = try Listener(.xpub, endpoint: listener.endpoint, environment: environment, rejected: rejected)
            watch()
            isReopening = false
        } catch {
            environment.logger.error("cannot publish at the moment", metadata: ["error": "\(error)"])
            _ = environment.loop.schedule(after: .milliseconds(100)) { [weak self] in self?.openAgain() }
        }
    }

    func watch() { environment.loop.watch(socket) { [weak self] in self?.readSubscriptions() } }
}
