// One topic, followed once for everybody at this gateway who follows it: what comes is written once, kept for a while, and those who wait are
// woken. It follows while somebody listens.
//
//     bus ──Subscription──> FeedRing ──find──> EventStream, EventStream, …
//
// A stream that is behind the ring, or of another life of the log, asks the log itself; here nobody is waited for.

internal import Bus
internal import Logging
internal import Synchronization

final class TopicFeed: Sendable {
    private struct State {
        var ring: FeedRing
        /// Grows with everything that may be news.
        var version: UInt64 = 0
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var listeners = 0
        var following: Task<Void, Never>?
    }

    let topic: String
    let publisher: String
    /// The one that is read; 0 for any.
    private let version: Int
    private let node: Node
    private let logger: Logger
    private let state: Mutex<State>

    init(_ topic: String, of publisher: String, version: Int, node: Node, memory: Int, logger: Logger) {
        self.topic = topic
        self.publisher = publisher
        self.version = version
        self.node = node
        self.logger = logger
        state = Mutex(State(ring: FeedRing(limit: memory)))
    }

    // MARK: For streams

    func join() {
        state.withLock { state in
            state.listeners += 1
            if state.following == nil { state.following = Task { await follow() } }
        }
    }

    func leave() {
        let following = state.withLock { state -> Task<Void, Never>? in
            state.listeners -= 1
            guard state.listeners == 0 else { return nil }
            // What was kept would have holes by the time somebody comes again.
            state.ring.begin(epoch: 0, next: 1)
            return state.following.take()
        }
        following?.cancel()
    }

    /// What there is from a position on, and the version of the feed that says so.
    func find(_ next: LogPosition) -> (found: FeedRing.Found, version: UInt64) {
        state.withLock { ($0.ring.find(next), $0.version) }
    }

    /// Returns where the feed has news that `version` did not have, or somebody wakes this listener, or the task is cancelled.
    func news(after version: UInt64, for listener: UInt64) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustWait = state.withLock { state in
                    guard state.version == version, !Task.isCancelled else { return false }
                    state.waiters[listener] = continuation
                    return true
                }
                if !mustWait { continuation.resume() }
            }
        } onCancel: {
            wake(listener)
        }
    }

    func wake(_ listener: UInt64) { state.withLock { $0.waiters.removeValue(forKey: listener) }?.resume() }

    // MARK: Following

    private func follow() async {
        while !Task.isCancelled {
            do {
                let head = try await node.page(of: topic, publisher: publisher, from: 1, limit: 0, version: version)
                    .head
                change { $0.begin(epoch: head.epoch, next: head.head + 1) }
                try await follow(from: .checkpoint(epoch: head.epoch, next: head.head + 1))
            } catch is CancellationError {
                return
            } catch {
                // The log says it to each that listens.
                if (error as? Failure)?.code == .topicVersion { change { $0.begin(epoch: 0, next: 1) } }
                logger.warning("cannot follow a topic", metadata: ["bus.topic": "\(topic)", "error": "\(error)"])
            }
            try? await Task.sleep(for: .milliseconds(250))
        }
    }

    private func follow(from start: StartingPoint) async throws {
        let subscription = try await node.subscribe(topic, publisher: publisher, version: version, from: start)
        do {
            while let events = try await subscription.next(limit: 1024) { change { $0.add(events) } }
        } catch {
            await subscription.close()
            throw error
        }
        await subscription.close()
    }

    private func change(_ body: (inout FeedRing) -> Void) {
        let waiters = state.withLock { state in
            // A task that has been told to end may still have had something in hand.
            if state.listeners > 0 { body(&state.ring) }
            state.version += 1
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }
}
