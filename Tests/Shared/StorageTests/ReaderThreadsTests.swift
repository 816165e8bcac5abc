// Reads that wait for a thread: how many, and for whom they are done when their turn comes.

import Dispatch
import Synchronization
import Testing

@testable import Bus
@testable import Storage

@Suite(.timeLimit(.minutes(1))) struct ReaderThreadsTests {
    /// One thread, which stands still until `open`.
    private final class Gate: Sendable {
        let threads: ReaderThreads
        private let closed = DispatchSemaphore(value: 0)

        init(maximumQueued: Int = 2) { threads = ReaderThreads(1, maximumQueued: maximumQueued) }

        /// Returns once the thread stands there.
        func close() async throws -> Task<Void, any Error> {
            let (entered, continuation) = AsyncStream.makeStream(of: Void.self)
            let holder = Task {
                try await threads.run(ReadTurn(nil)) { [closed] in
                    continuation.finish()
                    closed.wait()
                }
            }
            for await _ in entered {}
            return holder
        }

        func open() { closed.signal() }

        func read(_ context: CallContext? = nil) -> Task<Int, any Error> {
            Task { try await threads.run(ReadTurn(context)) { 7 } }
        }

        func waitUntilQueued(_ count: Int) async throws {
            while threads.queued != count {
                try Task.checkCancellation()
                await Task.yield()
            }
        }
    }

    private final class Order: Sendable {
        private let numbers = Mutex<[Int]>([])

        var all: [Int] { numbers.withLock { $0 } }

        func note(_ number: Int) { numbers.withLock { $0.append(number) } }
    }

    private let gate = Gate()

    private static func context(_ deadline: Deadline = .after(.seconds(60)), begun: Bool = false) -> CallContext {
        var context = CallContext(operation: "test", deadline: deadline)
        let effect = CallEffect()
        if begun { _ = effect.begin() }
        context.effect = effect
        return context
    }

    @Test func `one read too many is refused as overloaded, unless its call has begun to change something`()
        async throws
    {
        let holder = try await gate.close()
        let waiting = [gate.read(), gate.read()]
        try await gate.waitUntilQueued(2)
        let failure = await #expect(throws: Failure.self) { try await gate.read(Self.context()).value }
        #expect(failure?.code == .overloaded && failure?.retryAfter == 1)
        let owed = gate.read(Self.context(begun: true))
        try await gate.waitUntilQueued(3)
        gate.open()
        try await holder.value
        for read in waiting + [owed] { #expect(try await read.value == 7) }
        #expect(try await gate.read().value == 7, "there is room again")
    }

    @Test func `a read whose caller has gone when its turn comes is not done`() async throws {
        let holder = try await gate.close()
        let cancelled = gate.read(Self.context())
        try await gate.waitUntilQueued(1)
        let nobodys = gate.read()
        try await gate.waitUntilQueued(2)
        cancelled.cancel()
        nobodys.cancel()
        gate.open()
        try await holder.value
        let failure = await #expect(throws: Failure.self) { try await cancelled.value }
        #expect(failure?.code == .cancelled)
        #expect(try await nobodys.value == 7)
    }

    @Test func `nor one whose deadline has passed, unless its call has begun to change something`() async throws {
        let passed = Deadline(microseconds: 1)
        let store = try DurableStore(.memory, migrations: [])
        let isDone = Atomic(false)
        let failure = await #expect(throws: Failure.self) {
            try await CallContext.$current.withValue(Self.context(passed)) {
                try await store.read { _ in isDone.store(true, ordering: .relaxed) }
            }
        }
        #expect(failure?.code == .deadlineExceeded && !isDone.load(ordering: .relaxed))
        let owed = try await CallContext.$current.withValue(Self.context(passed, begun: true)) {
            try await store.read { _ in 7 }
        }
        #expect(owed == 7)
    }

    @Test func `many reads come in their order`() async throws {
        let gate = Gate(maximumQueued: 1_000)
        let holder = try await gate.close()
        let order = Order()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<50 {
                group.addTask {
                    try await gate.threads.run(ReadTurn(nil)) { order.note(number) }
                }
                try await gate.waitUntilQueued(number + 1)
            }
            gate.open()
            try await group.waitForAll()
        }
        try await holder.value
        #expect(order.all == Array(0..<50))
    }
}
