// A guest on a real loop, with a pipe and a time of its own: when it has a turn, when it has none, and what a turn's end brings.

import Glibc
import Synchronization
import Testing

@testable import ZeroMQ

/// A guest that waits for a byte in a pipe, or for a time, and notes its turns.
private final class Guest: LoopGuest, @unchecked Sendable {
    // @unchecked because everything but the pipe's ends is touched on the loop only.
    let descriptor: Int32
    let feed: Int32
    var millisecondsLeft: Int?
    var turns = 0
    var onTurn: (Guest) -> Void = { _ in }

    init() {
        var ends: [Int32] = [0, 0]
        let made = unsafe pipe(&ends)
        precondition(made == 0, "a pipe")
        (descriptor, feed) = (ends[0], ends[1])
    }

    deinit {
        close(descriptor)
        close(feed)
    }

    func takeTurn() {
        turns += 1
        onTurn(self)
    }

    func write() {
        var byte: UInt8 = 1
        _ = unsafe Glibc.write(feed, &byte, 1)
    }

    func read() {
        var byte: UInt8 = 0
        _ = unsafe Glibc.read(descriptor, &byte, 1)
    }
}

@Suite(.timeLimit(.minutes(1))) struct LoopGuestTests {
    private let loop: PollLoop
    private let guest = Guest()

    init() throws { loop = try PollLoop(name: "test") }

    private func onLoop<Value: Sendable>(_ body: @escaping @Sendable (PollLoop, Guest) -> Value) async -> Value {
        let (loop, guest) = (loop, guest)
        return await Task(executorPreference: loop) { body(loop, guest) }.value
    }

    /// The number of turns when `begin` has led to one that `isLast` says yes to.
    private func turns(
        until isLast: @escaping @Sendable (Guest) -> Bool,
        _ begin: @escaping @Sendable (PollLoop, Guest) -> Void
    ) async -> Int {
        let (loop, guest) = (loop, guest)
        return await withCheckedContinuation { continuation in
            Task(executorPreference: loop) {
                guest.onTurn = { guest in
                    guard isLast(guest) else { return }
                    guest.onTurn = { _ in }
                    guest.millisecondsLeft = nil
                    loop.dismiss(guest)
                    continuation.resume(returning: guest.turns)
                }
                loop.host(guest)
                begin(loop, guest)
            }
        }
    }

    /// Two rounds of the loop, each with a wait in between.
    private func twoRounds() async {
        for _ in 0..<2 {
            await withCheckedContinuation { continuation in
                Task(executorPreference: loop) { [loop] in
                    _ = loop.schedule(after: .milliseconds(2)) { continuation.resume() }
                }
            }
        }
    }

    @Test func `it has a turn when its descriptor is readable, and as long as it is`() async {
        let loop = loop
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            Task(executorPreference: loop) { [guest] in
                guest.onTurn = { guest in
                    guard guest.turns == 3 else { return }
                    guest.read()
                    continuation.resume()
                }
                loop.host(guest)
                guest.write()
            }
        }
        await twoRounds()
        #expect(await onLoop { _, guest in guest.turns } == 3)
        loop.stopAndWait()
    }

    @Test func `it has a turn when its time has come though the descriptor is silent`() async {
        let start = ContinuousClock.now
        _ = await turns(until: { _ in true }) { _, guest in guest.millisecondsLeft = 5 }
        // No turn before its time; where it never comes, the suite's time limit says so.
        #expect(start.duration(to: .now) >= .milliseconds(5))
        loop.stopAndWait()
    }

    @Test func `who wants a turn at once gets one after the other, and the loop's jobs get theirs`() async {
        let (loop, other) = (loop, Flag())
        let isLast: @Sendable (Guest) -> Bool = { guest in
            if guest.turns == 1 { Task(executorPreference: loop) { other.set() } }
            return guest.turns >= 3 && other.isSet
        }
        let turns = await turns(until: isLast) { _, guest in guest.millisecondsLeft = 0 }
        // More where the job had to wait; where a turn does not come, the suite's time limit says so.
        #expect(turns == 3)
        loop.stopAndWait()
    }

    @Test func `once dismissed it has no more turns`() async {
        await onLoop { loop, guest in
            loop.host(guest)
            guest.write()
            loop.dismiss(guest)
        }
        await twoRounds()
        #expect(await onLoop { _, guest in guest.turns } == 0)
        loop.stopAndWait()
    }

    /// Like the next one it fails by its time limit: nothing else wakes the loop.
    @Test func `what the end of a turn makes to end does not wait for the next message`() async {
        let loop = loop
        await withCheckedContinuation { continuation in
            Task(executorPreference: loop) {
                loop.atEndOfTurn { loop.atEndOfTurn { loop.atEndOfTurn { continuation.resume() } } }
            }
        }
        loop.stopAndWait()
    }

    @Test func `a guest's turn may ask for an end of the turn, and it comes without anything else`() async {
        let loop = loop
        await withCheckedContinuation { continuation in
            Task(executorPreference: loop) { [guest] in
                guest.onTurn = { guest in
                    guest.read()
                    guest.onTurn = { _ in }
                    loop.atEndOfTurn { continuation.resume() }
                }
                loop.host(guest)
                guest.write()
            }
        }
        loop.stopAndWait()
    }

    private final class Flag: Sendable {
        private let value = Mutex(false)
        var isSet: Bool { value.withLock { $0 } }
        func set() { value.withLock { $0 = true } }
    }
}
