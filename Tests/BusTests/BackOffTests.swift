// A log that cannot answer for the moment: its subscribers ask again, less and less often, whatever else comes meanwhile.

import Synchronization
import Testing

@testable import Bus

@Suite(.timeLimit(.minutes(1))) struct BackOffTests {
    /// Questions of a topic, and how long they take at least: 20 + 40 ms, and as much again where a publisher's first word comes in between.
    static let (questions, atLeast) = (6, Duration.milliseconds(100))
    let bus: TestBus

    init() throws { bus = try TestBus() }

    func subscription(to pattern: String, of log: FailingLog, from start: StartingPoint) async throws -> (
        Subscription, subscriber: Node, service: Node
    ) {
        let (service, address) = try await bus.echo(at: Transport.inproc.freshAddress(), log: log)
        let subscriber = try bus.node("subscriber", ["echo": [address]])
        return (try await subscriber.subscribe(pattern, publisher: "echo", from: start), subscriber, service)
    }

    @Test(arguments: [("echo.said", ["echo.said"]), ("echo.*", ["echo.said", "echo.heard"])])
    func `a log that fails is asked less and less often, however much is live`(pattern: String, topics: [String])
        async throws
    {
        let log = FailingLog(topics, failing: topics)
        let (subscription, subscriber, service) = try await subscription(to: pattern, of: log, from: .offset(1))
        async let ended = subscription.next()
        while topics.allSatisfy({ log.asked($0).count < Self.questions }) {
            try Task.checkCancellation()
            for topic in topics { log.log.append(topic, key: "", payload: []) }
            _ = try await subscriber.call(BusOperations.ping, Empty(), on: "echo")
        }
        for times in topics.map(log.asked) where times.count >= Self.questions {
            #expect(times[0].duration(to: times[Self.questions - 1]) >= Self.atLeast)
        }
        await subscriber.shutDown()
        #expect(try await ended == nil)
        await service.shutDown()
    }

    @Test func `a topic whose beginning is not known holds up no other, and is asked for less and less often`()
        async throws
    {
        let log = FailingLog(["echo.said", "echo.heard"], failing: ["echo.heard"])
        let (subscription, subscriber, service) = try await subscription(to: "echo.*", of: log, from: .earliest)
        // Beside the sockets: a hop to where other tests work may take as long as a pause between two questions.
        let rounds = try await withTaskExecutorPreference(subscriber.executor) { () async throws -> Int in
            var rounds = 0
            while log.asked("echo.heard").count < Self.questions {
                log.log.append("echo.heard", key: "", payload: [])
                log.log.append("echo.said", key: "", payload: [])
                #expect(try await subscription.next()?.allSatisfy { $0.topic == "echo.said" } == true)
                rounds += 1
            }
            return rounds
        }
        let times = log.asked("echo.heard")
        #expect(times[0].duration(to: times[Self.questions - 1]) >= Self.atLeast)
        #expect(rounds > 2 * Self.questions)
        await subscriber.shutDown()
        await service.shutDown()
    }
}

/// A log that knows nothing of some of its topics when it is asked, and announces what they get all the same.
final class FailingLog: WrappedLog {
    let log: MemoryEventLog
    private let failing: [String]
    private let times = Mutex<[String: [ContinuousClock.Instant]]>([:])

    init(_ topics: [String], failing: [String]) {
        log = MemoryEventLog(topics: topics)
        self.failing = failing
    }

    /// When a topic was asked for.
    func asked(_ topic: String) -> [ContinuousClock.Instant] { times.withLock { $0[topic] ?? [] } }

    func page(of topic: String, from offset: UInt64, limit: Int, bytes: Int) async throws -> ReplayPage? {
        times.withLock { $0[topic, default: []].append(.now) }
        guard !failing.contains(topic) else { throw Failure(.overloaded, "Not now.") }
        let events = log.read(topic: topic, from: offset, limit: limit)
        return log.heads().first { $0.topic == topic }.map { ReplayPage(head: $0, events: events, bytes: bytes) }
    }
}
