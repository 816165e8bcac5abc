// A subscriber that stands still under load: neither side's memory grows with what it has missed, and it catches up.
//
// Seconds in `make test`, as long as FOUNTAIN_SOAK_SECONDS says in `make soak`, with the same bounds. In a process of its own, so that what
// is measured is this and nothing else.

import Bus
import Contracts
import Dispatch
import Foundation
import Storage
import Testing

@Suite(.timeLimit(.minutes(10))) struct PausedSubscriberTests {
    @Test func `a subscriber that is paused under load costs neither side memory, and catches up`() async {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            let seconds = ProcessInfo.processInfo.environment["FOUNTAIN_SOAK_SECONDS"].flatMap(Double.init) ?? 3
            let load = try await PausedLoad()
            try await load.run(for: .seconds(seconds))
            await load.end()
        }
        print(String(decoding: result?.standardOutputContent ?? [], as: UTF8.self))
    }
}

private struct PausedLoad {
    static let highWaterMark = 500
    static let payload = String(repeating: "x", count: 2_000)
    /// Megabytes by which the process may grow: queues, buffers and SQLite's caches of both sides together; what is missed is twice as much.
    static let allowance = 20.0
    /// What a connection of the store keeps is a setting, not a matter of what was missed: kept small, or it alone would be the allowance.
    static let pageCache = 1 << 20

    let directory: URL
    let database: DurableStore
    let publisher: Node
    let subscriber: Node

    init() async throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "pl-\(UUID().uuidString.prefix(8))")
        var location = DatabaseLocation.file(directory.appending(path: "data/p.db").path)
        location.limits.pageCache = Self.pageCache
        database = try DurableStore(location, topics: [Speech.said.name])
        let address = ServiceAddress(
            calls: "ipc://\(directory.path)/p.calls",
            events: "ipc://\(directory.path)/p.events"
        )
        publisher = try Self.node("speech", address)
        subscriber = try Self.node("subscriber", address)
        try await publisher.serve(Handlers(), log: database.outbox, at: address)
    }

    /// A context each: what is between them is a Unix socket, as between two processes.
    private static func node(_ name: String, _ address: ServiceAddress) throws -> Node {
        var configuration = NodeConfiguration(name: name, directory: ["speech": [address]])
        configuration.highWaterMark = highWaterMark
        configuration.eventBuffer = highWaterMark
        configuration.heartbeat = .milliseconds(100)
        configuration.liveness = .seconds(600)
        return try Node(configuration, context: try BusContext())
    }

    func run(for length: Duration) async throws {
        let subscription = try await subscriber.subscribe(Speech.said, as: "paused", from: .acknowledged)
        try await publish(2_000)
        var next = try await read(from: 1, to: 2_000, subscription)
        let before = Self.megabytes

        // First only the consumer stands still, then the subscriber's thread, as in a process that was stopped.
        try await publish(for: length / 2)
        let thread = Standstill(of: subscriber)
        await thread.hasBegun()
        try await publish(for: length / 2)
        let during = Self.megabytes - before
        thread.end()

        let head = try await database.outbox.heads()[0].head
        let consumer = try await database.outbox.positions()
        #expect(consumer.map(\.acknowledged) == [2_000], "nobody acknowledges what was not applied")
        next = try await read(from: next, to: head, subscription)
        let after = Self.megabytes - before
        let stats = try #require(await subscription.stats.first)
        let missed = Int(head) - 2_000
        print(
            "paused \(length): \(missed) events, \(missed / Self.highWaterMark) high-water marks; grew by "
                + "\(during) MB while paused, \(after) MB after catching up; gaps \(stats.gapsFound)/\(stats.gapsFilled)"
        )
        #expect(missed > 30 * Self.highWaterMark)
        #expect(during < Self.allowance)
        #expect(after < Self.allowance)
        #expect(stats.gapsFound > 0 && stats.gapsUnfilled == 0)
    }

    func end() async {
        await subscriber.shutDown()
        await publisher.shutDown()
        try? FileManager.default.removeItem(at: directory)
    }

    private func publish(for length: Duration) async throws {
        let end = ContinuousClock.now + length
        var count = 0
        while ContinuousClock.now < end || count < 20 * Self.highWaterMark {
            try await publish(500)
            count += 500
        }
    }

    private func publish(_ count: Int) async throws {
        try await database.write { transaction in
            for _ in 0..<count { try transaction.publish(Speech.said, key: "k", Speech.Text(text: Self.payload)) }
        }
    }

    /// Reads on from `next` to `last`, each once and in order; the offset behind it.
    private func read(from next: UInt64, to last: UInt64, _ subscription: Subscription) async throws -> UInt64 {
        var next = next
        while next <= last, let events = try await subscription.next() {
            #expect(events.map(\.offset) == Array(next..<(next + UInt64(events.count))))
            next += UInt64(events.count)
            await subscription.acknowledge(events[events.count - 1])
        }
        // Until it is told, so that what is asked next is not a matter of time.
        while try await database.outbox.positions().first?.acknowledged != next - 1 {
            try Task.checkCancellation()
            await Task.yield()
        }
        return next
    }

    /// What the process has in memory.
    private static var megabytes: Double {
        let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ")
        return Double(pages.flatMap { Int($0[1]) } ?? 0) * 4_096 / 1_000_000
    }
}

/// Blocks a node's thread.
private final class Standstill: Sendable {
    private let gate = DispatchSemaphore(value: 0)
    private let begun: Task<Void, Never>

    init(of node: Node) {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        Task(executorPreference: node.executor) { [gate] in
            continuation.finish()
            Self.block(gate)
        }
        begun = Task { for await _ in stream {} }
    }

    func hasBegun() async { await begun.value }
    func end() { gate.signal() }

    private static func block(_ gate: DispatchSemaphore) { gate.wait() }
}
