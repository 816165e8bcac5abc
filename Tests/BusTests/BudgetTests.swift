// The counters behind the limits, without a bus.

import Testing

@testable import Bus

@Suite struct BudgetTests {
    // MARK: What is under way on a connection

    /// Received, taken, whether the socket was found empty.
    typealias Look = (received: UInt64, taken: UInt64, hasEmptied: Bool)

    @Test(
        arguments: [
            // A message that grows and grows,
            ([(50, 0, true), (150, 0, true), (160, 0, true)], true),
            // one that ends in time,
            ([(50, 0, true), (90, 0, true), (120, 100, true), (210, 100, true), (215, 100, true)], false),
            // and another behind it that does not.
            ([(50, 0, true), (120, 100, true), (230, 100, true), (240, 100, true)], true),
            // A burst of whole messages while the loop stands still, just after it had emptied its socket.
            ([(0, 0, true), (500, 0, true), (500, 500, true), (500, 500, true)], false),
            // Whole messages that wait for a loop that is busy: more of them may.
            ([(50, 0, true), (700, 0, false)], false), ([(50, 0, true), (900, 0, false)], true),
            // Counters that make no sense are no reason.
            ([(0, 50, true), (10, 90, true)], false),
        ] as [([Look], Bool)]
    )
    func `a message that is not whole is bounded`(looks: [Look], expected: Bool) {
        var budget = FlowBudget(.calls(incomplete: 100))
        let verdicts = looks.map {
            budget.isExceeded(received: $0.received, taken: $0.taken, hasEmptied: $0.hasEmptied, now: 0)
        }
        #expect(verdicts.contains(true) == expected)
    }

    @Test func `subscriptions are bounded at once and over time`() {
        var budget = FlowBudget(.subscriptions(burst: 1_000, perSecond: 10))
        let second: UInt64 = 1_000_000_000
        // Bytes, seconds, whether that is too much. What was not used in quiet times is not saved up.
        let looks: [(UInt64, UInt64, Bool)] = [
            (1_000, 1, false), (1_001, 1, true), (1_010, 2, false), (1_021, 3, true), (1_100, 3_000, false),
            (2_200, 3_000, true),
        ]
        for (bytes, seconds, expected) in looks {
            let verdict = budget.isExceeded(received: bytes, taken: 0, hasEmptied: false, now: seconds * second)
            #expect(verdict == expected, "\(bytes) bytes after \(seconds) s")
        }
    }

    // MARK: What was not read

    @Test func `what the kernel has passed on is not unread any more, and nothing is saved up`() {
        var unread = Unread()
        #expect(unread.arrived(1_000) == 0)
        unread.hand(500)
        #expect(unread.arrived(1_200) == 200)
        #expect(unread.bytes == 300)
        #expect(unread.arrived(9_000) == 300)
        unread.hand(100)
        #expect(unread.bytes == 100)
        #expect(unread.arrived(8_000) == 0)
        #expect(unread.bytes == 100)
    }

    @Test func `a pong answers for what went before its ping, once`() {
        var unread = Unread()
        unread.hand(500)
        #expect(unread.beginMark() == 1)
        unread.hand(50)
        #expect(unread.answered(7) == 0)
        #expect(unread.answered(1) == 500)
        #expect(unread.answered(1) == 0)
        #expect(unread.bytes == 50)
        #expect(unread.beginMark() == 2)
        unread.hand(7)
        #expect(unread.beginMark() == 3)
        unread.hand(3)
        #expect(unread.beginMark() == 4)
        // Who does not repeat numbers says 0; and a pong that was lost is made up for by the next.
        #expect(unread.answered(0) == 50)
        #expect(unread.answered(4) == 10)
        #expect(unread.answered(3) == 0)
    }

    // MARK: Messages

    @Test(arguments: [(32, true), (33, false), (10_000, false)]) func `a message has so many fields`(
        count: Int,
        isRead: Bool
    ) {
        var bytes = Envelope(kind: .ping).encoded()
        for _ in 0..<count { bytes += [200, 0, 0] }
        bytes.overwriteBigEndian(UInt32(3 * count), at: 4)
        #expect(((try? Envelope(decoding: bytes[...])) != nil) == isRead)
    }

    @Test(arguments: [(4, true), (5, false)]) func `the fields of a message have so many bytes`(
        count: Int,
        isRead: Bool
    ) {
        var bytes = Envelope(kind: .ping).encoded()
        for _ in 0..<count { bytes += [200, 0xFF, 0x00] + [UInt8](repeating: 0, count: 0xFF00) }
        bytes.overwriteBigEndian(UInt32(count * (3 + 0xFF00)), at: 4)
        #expect(((try? Envelope(decoding: bytes[...])) != nil) == isRead)
    }

    @Test func `a batch that is too large is not read, in bytes or in messages`() throws {
        let small = try BatchTests.frame(of: (1...100).map { Envelope(kind: .cancel, id: $0) })
        var limits = BusLimits()
        #expect(Envelope.each(in: small, limits) { _ in } == 100)
        limits.batchMessages = 99
        #expect(Envelope.each(in: small, limits) { _ in } == 0)
        limits = BusLimits()
        limits.batchBytes = small.count - 1
        #expect(Envelope.each(in: small, limits) { _ in } == 0)
        // Who lies about the number is believed no further than it may be.
        var lying = small
        lying.overwriteBigEndian(UInt64(1), at: Envelope.idOffset)
        limits = BusLimits()
        limits.batchMessages = 50
        #expect(Envelope.each(in: lying, limits) { _ in } == 50)
    }
}
