// A topic that several replicas publish: every event once, in the order of the log, whoever sent it and whoever died before he did.

import Synchronization
import Testing

@testable import Bus

@Suite(.timeLimit(.minutes(1))) struct ReplicatedTopicTests {
    private static let topic = "echo.said"

    let bus: TestBus
    let log = MemoryEventLog(topics: [topic])

    init() throws { bus = try TestBus() }

    private func replica(_ transport: Transport = .inproc) async throws -> (
        node: Node, address: ServiceAddress, log: ReplicaLog
    ) {
        let own = ReplicaLog(log)
        let replica = try await bus.echo(at: transport.freshAddress(), log: own)
        return (replica.node, replica.address, own)
    }

    private func offsets(_ count: Int, from subscription: Subscription) async throws -> [UInt64] {
        var offsets: [UInt64] = []
        while offsets.count < count, let events = try await subscription.next() { offsets += events.map(\.offset) }
        return offsets
    }

    @Test(arguments: [Transport.inproc, .ipc, .tcp])
    func `what two replicas send in turn comes once and in the order of the log`(transport: Transport) async throws {
        let (first, second) = (try await replica(transport), try await replica(transport))
        let follower = try bus.node("follower", ["echo": [first.address, second.address]])
        let subscription = try await follower.subscribe(Self.topic, publisher: "echo", from: .offset(1))
        await withDiscardingTaskGroup { group in
            for replica in [first, second] {
                group.addTask {
                    for _ in 0..<500 {
                        replica.log.append()
                        await Task.yield()
                    }
                }
            }
        }
        #expect(try await offsets(1_000, from: subscription) == Array(1...1_000))
        for node in [follower, first.node, second.node] { await node.shutDown() }
    }

    /// Who is linked to one of them only hears of what the other commits from the log, a heartbeat later.
    @Test(arguments: [0, 1]) func `what each of two replicas commits comes from it, and not from the log`(
        which: Int
    ) async throws {
        let replicas = [try await replica(), try await replica()]
        let follower = try bus.node("follower", ["echo": replicas.map { $0.address }])
        let subscription = try await follower.subscribe(Self.topic, publisher: "echo", from: .offset(1))
        var (reads, count) = (-1, 0)
        // The first ones may come before the connection stands.
        let asked = { replicas.reduce(0) { $0 + $1.log.reads } }
        while asked() != reads {
            reads = asked()
            replicas[which].log.append()
            count += try await offsets(1, from: subscription).count
        }
        #expect(count > 0)
        for node in [follower] + replicas.map({ $0.node }) { await node.shutDown() }
    }

    @Test func `of a replica that died between its COMMIT and its message the others tell`() async throws {
        let (first, second) = (try await replica(), try await replica())
        let follower = try bus.node("follower", ["echo": [first.address, second.address]])
        let subscription = try await follower.subscribe(Self.topic, publisher: "echo", from: .offset(1))
        first.log.append()
        second.log.append()
        #expect(try await offsets(2, from: subscription) == [1, 2])
        first.log.append(announced: false)
        await first.node.kill()
        #expect(try await offsets(1, from: subscription) == [3])
        for node in [follower, second.node] { await node.shutDown() }
    }

    @Test func `a replica that dies in mid-stream leaves neither a hole nor a double`() async throws {
        let (first, second) = (try await replica(.ipc), try await replica(.ipc))
        let follower = try bus.node("follower", ["echo": [first.address, second.address]])
        let subscription = try await follower.subscribe(
            Self.topic,
            publisher: "echo",
            as: "reader",
            from: .offset(1)
        )
        for number in 0..<300 {
            (number % 2 == 0 ? first.log : second.log).append()
            if number == 150 { await first.node.kill() }
            if number % 10 == 0 { await Task.yield() }
        }
        #expect(try await offsets(300, from: subscription) == Array(1...300))
        for node in [follower, second.node] { await node.shutDown() }
    }

    /// It begins at 1 again, and no replica sends the old numbers on.
    @Test func `another life of the log that one replica begins is told by the others`() async throws {
        let later = MemoryEventLog(topics: [Self.topic])
        let (first, second) = (try await replica(), try await replica())
        let follower = try bus.node("follower", ["echo": [first.address, second.address]])
        let subscription = try await follower.subscribe(Self.topic, publisher: "echo", from: .offset(1))
        for _ in 0..<3 { first.log.append() }
        #expect(try await offsets(3, from: subscription) == [1, 2, 3])
        for replica in [first, second] { replica.log.move(to: later) }
        first.log.append(announced: false)
        let events = try await subscription.next() ?? []
        #expect(events.map(\.offset) == [1] && events.first?.epoch == later.epoch)
        for node in [follower, first.node, second.node] { await node.shutDown() }
    }
}

/// One replica's sight of a log that all of them write: it hears of its own commits only.
private final class ReplicaLog: EventLog {
    private let shared: Mutex<MemoryEventLog>
    private let observers = Mutex<[@Sendable ([Event]) -> Void]>([])
    private let asked = Atomic(0)

    /// How often events were read from it.
    var reads: Int { asked.load(ordering: .relaxed) }

    init(_ shared: MemoryEventLog) { self.shared = Mutex(shared) }

    private var base: MemoryEventLog { shared.withLock { $0 } }
    var isShared: Bool { true }
    var consumers: (any ConsumerRegister)? { base }

    func move(to other: MemoryEventLog) { shared.withLock { $0 = other } }

    func append(announced: Bool = true) {
        let event = base.append("echo.said", key: "k", payload: Array(#"{"text":"x"}"#.utf8))
        if announced { for observer in observers.withLock({ $0 }) { observer([event]) } }
    }

    func heads() -> [TopicHead] { base.heads() }
    func read(topic: String, from offset: UInt64, limit: Int) -> [Event] {
        asked.add(1, ordering: .relaxed)
        return base.read(topic: topic, from: offset, limit: limit)
    }
    func observe(_ observer: @escaping @Sendable ([Event]) -> Void) { observers.withLock { $0.append(observer) } }
}
