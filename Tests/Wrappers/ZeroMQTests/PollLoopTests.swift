// A loop as an executor: actors and tasks run on its thread, no job is lost, not even while it ends, and timers fire in order.

import Dispatch
import Testing

@testable import ZeroMQ

/// An actor that lives on a loop, as every owner of sockets does.
private actor Resident {
    let loop: PollLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
    private(set) var count = 0

    init(_ loop: PollLoop) { self.loop = loop }

    func increment() -> Bool {
        count += 1
        return loop.isCurrent
    }

    func wait(for delay: Duration) async {
        await withCheckedContinuation { continuation in
            _ = loop.schedule(after: delay) { continuation.resume() }
        }
    }

    func order(of delays: [Int]) async -> [Int] {
        await withCheckedContinuation { continuation in
            var fired: [Int] = []
            for delay in delays {
                _ = loop.schedule(after: .milliseconds(delay)) {
                    fired.append(delay)
                    if fired.count == delays.count { continuation.resume(returning: fired) }
                }
            }
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct PollLoopTests {
    let loop: PollLoop

    init() throws { loop = try PollLoop(name: "test") }

    @Test func `an actor's work runs on the loop's thread`() async {
        #expect(await Resident(loop).increment())
        loop.stopAndWait()
    }

    @Test func `many callers at once lose no job`() async {
        let resident = Resident(loop)
        await withTaskGroup { group in
            for _ in 0..<2_000 { group.addTask { _ = await resident.increment() } }
        }
        #expect(await resident.count == 2_000)
        loop.stopAndWait()
    }

    @Test func `a task that prefers the loop begins on it`() async {
        let loop = loop
        let began = await Task(executorPreference: loop) { loop.isCurrent }.value
        #expect(began)
        loop.stopAndWait()
    }

    @Test func `timers fire in the order of their due times`() async {
        #expect(await Resident(loop).order(of: [900, 300, 600, 0]) == [0, 300, 600, 900])
        loop.stopAndWait()
    }

    @Test func `a job that comes after the end still runs`() async {
        let resident = Resident(loop)
        loop.stopAndWait()
        #expect(await resident.increment())
    }

    /// Its thread has to be through with everything before jobs run elsewhere: ThreadSanitizer saw the two touch one another.
    @Test func `jobs that come while it ends run one after the other, as before and after`() async throws {
        for _ in 0..<100 {
            let loop = try PollLoop(name: "ending")
            let resident = Resident(loop)
            await withTaskGroup { group in
                for _ in 0..<2 {
                    group.addTask(executorPreference: loop) {
                        for _ in 0..<50 {
                            // Away, so that the loop may end now; back; and again from there, as a job that makes a job.
                            await withCheckedContinuation { back in DispatchQueue.global().async { back.resume() } }
                            #expect(await resident.increment())
                            await Task.yield()
                        }
                    }
                }
                group.addTask { loop.stop() }
            }
            #expect(await resident.count == 100)
        }
        loop.stopAndWait()
    }

    /// A thread that is waited for twice ends the process, or the wait does not end.
    @Test func `stopping twice is stopping once`() async {
        let resident = Resident(loop)
        loop.stopAndWait()
        loop.stopAndWait()
        #expect(await resident.increment(), "late jobs run as after the first")
    }
}
