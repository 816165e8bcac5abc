// Pages are fetched while the consumer works on what is here, two at a time where they follow each other, and no more than there is room for.

import Synchronization
import Testing

@testable import Bus

@Suite(.timeLimit(.minutes(1))) struct ReadAheadTests {
    static let capacity = 64
    static let page = 16
    let bus: TestBus

    init() throws { bus = try TestBus() }

    func withLog(
        _ log: AskedLog = AskedLog(),
        events: Int = 1_000,
        of size: Int = 1,
        maxMessageBytes: Int = 4 << 20,
        _ body: (Subscription, AskedLog, Node) async throws -> Void
    ) async throws {
        for _ in 0..<events { log.log.append("echo.said", key: "k", payload: [UInt8](repeating: 1, count: size)) }
        var serving = bus.configuration("echo")
        serving.maxMessageBytes = maxMessageBytes
        let service = try Node(serving, context: bus.context)
        let address = try await service.serve(TestBus.echoHandlers(), log: log, at: Transport.inproc.freshAddress())
        var configuration = bus.configuration("subscriber", ["echo": [address]])
        configuration.eventBuffer = Self.capacity
        // On a busy machine: a question that has timed out is asked again.
        configuration.callTimeout = .seconds(60)
        let subscriber = try Node(configuration, context: bus.context)
        let subscription = try await subscriber.subscribe(Echo.said, from: .offset(1))
        try await body(subscription, log, subscriber)
        await subscriber.shutDown()
        await service.shutDown()
    }

    func read(_ count: Int, of subscription: Subscription) async throws -> [UInt64] {
        var offsets: [UInt64] = []
        while offsets.count < count, let events = try await subscription.next(limit: 10) {
            offsets += events.map(\.offset)
        }
        return offsets
    }

    @Test func `the next page comes without being waited for`() async throws {
        try await withLog { subscription, log, _ in
            _ = try await subscription.next(limit: 1)
            // Nobody asks for events any more; so what is asked now was asked ahead.
            while log.pages.count < 2 {
                try Task.checkCancellation()
                await Task.yield()
            }
            #expect(log.pages[1].from == UInt64(Self.page) + 1)
        }
    }

    @Test func `a page is asked for before the one before it has come`() async throws {
        // The first page says how many there are, and that pages are whole. From then on no answer comes before the next question has.
        let log = AskedLog { from, asked in from == 1 || from > 900 || asked.contains { $0.from > from } }
        try await withLog(log) { subscription, _, _ in
            let offsets = try await read(1_000, of: subscription)
            #expect(offsets == Array(1...1_000))
        }
        #expect(log.mostAtOnce == 2)
    }

    @Test func `pages that are cut by their bytes are asked for one after the other`() async throws {
        try await withLog(events: 100, of: 500, maxMessageBytes: 4_096) { subscription, log, _ in
            let offsets = try await read(100, of: subscription)
            #expect(offsets == Array(1...100))
            #expect(log.mostAtOnce == 1)
            // And none of them twice.
            #expect(Set(log.pages.map(\.from)).count == log.pages.count)
        }
    }

    /// What a publisher says of its log is only what it says: here offsets go as far as they can.
    @Test func `a log whose offsets are at the end of their range is read to its end`() async throws {
        let head = TopicHead(topic: "echo.said", epoch: 7, head: .max - 3, tail: 1)
        let publisher = try ScriptedService { call in
            var reply = Envelope(kind: .reply, id: call.id)
            reply.payload = Self.page(of: head, for: call.payload).encoded[...]
            return [reply]
        }
        let address = Transport.inproc.freshAddress()
        try await publisher.serve(bus.context, at: address.calls)
        var configuration = bus.configuration("subscriber", ["echo": [address]])
        configuration.eventBuffer = Self.capacity
        // On a busy machine: a question that has timed out is asked again.
        configuration.callTimeout = .seconds(60)
        let subscriber = try Node(configuration, context: bus.context)
        let subscription = try await subscriber.subscribe(Echo.said, from: .offset(head.head - 99))
        let offsets = try await read(100, of: subscription)
        #expect(offsets == Array(head.head - 99...head.head))
        await subscriber.shutDown()
        await publisher.close()
    }

    private static func page(of head: TopicHead, for question: ArraySlice<UInt8>) -> ReplayPage {
        guard let asked = try? PayloadCoding.decode(ReplayRequest.self, from: question), asked.from <= head.head else {
            return ReplayPage(head: head, events: [])
        }
        let last = asked.from + min(UInt64(asked.limit) - 1, head.head - asked.from)
        return ReplayPage(head: head, events: (asked.from...last).map { TopicTailTests.event($0, epoch: head.epoch) })
    }

    @Test func `no more is fetched than there is room for`() async throws {
        try await withLog { subscription, log, subscriber in
            var taken = 0
            while taken < 1_000, let events = try await subscription.next(limit: 10) {
                taken += events.count
                // Whatever has been asked is under way or here after a call there and back.
                _ = try await subscriber.call(BusOperations.ping, Empty(), on: "echo")
                let asked = log.pages.map(\.limit).reduce(0, +)
                #expect(asked <= taken + Self.capacity || log.pages.last?.from ?? 0 > 900)
            }
            #expect(log.mostAtOnce <= 2)
            #expect(log.pages.count > 10)
        }
    }
}

/// A log that remembers what pages it was asked for.
final class AskedLog: WrappedLog {
    struct Asked {
        var pages: [(from: UInt64, limit: Int)] = []
        var underWay = 0
        var mostAtOnce = 0
    }

    typealias Page = (from: UInt64, limit: Int)

    let log = MemoryEventLog(topics: ["echo.said"])
    private let asked = Mutex(Asked())
    /// Whether the page from an offset on may be answered, now that these have been asked for.
    private let mayAnswer: @Sendable (_ from: UInt64, _ asked: [Page]) -> Bool

    init(_ mayAnswer: @escaping @Sendable (UInt64, [Page]) -> Bool = { _, _ in true }) { self.mayAnswer = mayAnswer }

    var pages: [(from: UInt64, limit: Int)] { asked.withLock { $0.pages } }
    var mostAtOnce: Int { asked.withLock { $0.mostAtOnce } }

    func page(of topic: String, from offset: UInt64, limit: Int, bytes: Int) async throws -> ReplayPage? {
        asked.withLock {
            $0.pages.append((offset, limit))
            $0.underWay += 1
            $0.mostAtOnce = max($0.mostAtOnce, $0.underWay)
        }
        defer { asked.withLock { $0.underWay -= 1 } }
        repeat {
            try Task.checkCancellation()
            await Task.yield()
        } while !mayAnswer(offset, pages)
        let events = log.read(topic: topic, from: offset, limit: limit)
        return log.heads().first { $0.topic == topic }.map { ReplayPage(head: $0, events: events, bytes: bytes) }
    }
}
