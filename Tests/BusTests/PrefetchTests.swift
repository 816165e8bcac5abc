// The next page is fetched while the consumer works on what is here, and no more than that.

import Synchronization
import Testing

@testable import Bus

@Suite(.timeLimit(.minutes(1))) struct PrefetchTests {
    static let capacity = 64
    let bus: TestBus

    init() throws { bus = try TestBus() }

    func withLog(_ body: (Subscription, AskedLog, Node) async throws -> Void) async throws {
        let log = AskedLog(MemoryEventLog(topics: ["echo.said"]))
        for _ in 0..<1_000 { log.log.append("echo.said", key: "k", payload: [1]) }
        let (service, address) = try await bus.echo(at: Transport.inproc.freshAddress(), log: log)
        var configuration = bus.configuration("subscriber", ["echo": [address]])
        configuration.eventBuffer = Self.capacity
        let subscriber = try Node(configuration, context: bus.context)
        let subscription = try await subscriber.subscribe(Echo.said, from: .offset(1))
        try await body(subscription, log, subscriber)
        await subscriber.shutDown()
        await service.shutDown()
    }

    @Test func `the next page comes without being waited for`() async throws {
        try await withLog { subscription, log, _ in
            let events = try await subscription.next(limit: 40)
            #expect(events?.count == 40)
            // Nobody asks for events any more; so what is asked now was asked ahead.
            while log.pages.count < 2 {
                try Task.checkCancellation()
                await Task.yield()
            }
            #expect(log.pages[1].from == 65)
        }
    }

    @Test func `no more is fetched than there is room for, and one page at a time`() async throws {
        try await withLog { subscription, log, subscriber in
            var taken = 0
            while taken < 1_000, let events = try await subscription.next(limit: 10) {
                taken += events.count
                // Whatever has been asked is under way or here after a call there and back.
                _ = try await subscriber.call(BusOperations.ping, Empty(), on: "echo")
                let asked = log.pages.map(\.limit).reduce(0, +)
                #expect(asked <= taken + Self.capacity || log.pages.last?.from ?? 0 > 900)
            }
            #expect(log.mostAtOnce == 1)
            #expect(log.pages.count > 10)
        }
    }
}

/// A log that remembers what pages it was asked for.
final class AskedLog: EventLog {
    struct Asked {
        var pages: [(from: UInt64, limit: Int)] = []
        var underWay = 0
        var mostAtOnce = 0
    }

    let log: MemoryEventLog
    private let asked = Mutex(Asked())

    init(_ log: MemoryEventLog) { self.log = log }

    var pages: [(from: UInt64, limit: Int)] { asked.withLock { $0.pages } }
    var mostAtOnce: Int { asked.withLock { $0.mostAtOnce } }

    func page(of topic: String, from offset: UInt64, limit: Int, bytes: Int) async throws -> ReplayPage? {
        asked.withLock {
            $0.pages.append((offset, limit))
            $0.underWay += 1
            $0.mostAtOnce = max($0.mostAtOnce, $0.underWay)
        }
        defer { asked.withLock { $0.underWay -= 1 } }
        await Task.yield()
        let events = log.read(topic: topic, from: offset, limit: limit)
        return log.heads().first { $0.topic == topic }.map { ReplayPage(head: $0, events: events, bytes: bytes) }
    }

    func heads() -> [TopicHead] { log.heads() }
    func read(topic: String, from offset: UInt64, limit: Int) -> [Event] {
        log.read(topic: topic, from: offset, limit: limit)
    }
    func observe(_ observer: @escaping @Sendable ([Event]) -> Void) { log.observe(observer) }
}
