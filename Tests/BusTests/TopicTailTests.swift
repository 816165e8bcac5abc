// What a subscriber gives out of what it hears: each event once, in order, from a bounded buffer. Step by step, and then against a network
// that loses, repeats and mixes; no socket is in it, and no clock.

import Testing

@testable import Bus

@Suite struct TopicTailTests {
    static let topic = "echo.said"

    static func event(_ offset: UInt64, epoch: UInt64 = 1) -> Event {
        Event(
            topic: topic,
            epoch: epoch,
            offset: offset,
            key: "",
            committedAt: Deadline(microseconds: offset),
            trace: nil,
            payload: []
        )
    }

    static func events(_ offsets: ClosedRange<UInt64>, epoch: UInt64 = 1) -> [Event] {
        offsets.map { event($0, epoch: epoch) }
    }

    static func block(_ offsets: ClosedRange<UInt64>, epoch: UInt64 = 1) -> EventBlock? {
        EventBlock(events(offsets, epoch: epoch))
    }

    static func log(head: UInt64, tail: UInt64 = 1, epoch: UInt64 = 1) -> TopicHead {
        TopicHead(topic: topic, epoch: epoch, head: head, tail: tail)
    }

    var tail = Self.tail(capacity: 8)

    /// A subscriber at the beginning of a topic that has asked the log once, so that it knows the epoch.
    static func tail(capacity: Int) -> TopicTail {
        var tail = TopicTail(next: 1, capacity: capacity)
        tail.refill(nil, log: log(head: 0))
        return tail
    }

    mutating func takeAll() -> [UInt64] { tail.take(.max).map(\.offset) }

    // MARK: Room

    @Test mutating func `a buffer is full when its bytes are, too`() throws {
        let size = try #require(Self.block(1...1)).records.count
        tail = TopicTail(next: 1, capacity: 100, bytes: 8 * size)
        tail.refill(Self.block(1...4), log: Self.log(head: 20))
        #expect(tail.needsRefill == 5)
        #expect(!tail.isNearlyFull)
        tail.refill(Self.block(5...9), log: Self.log(head: 20))
        // One page may go beyond.
        #expect(tail.room == 0)
        #expect(tail.needsRefill == nil)
        #expect(tail.isNearlyFull)
        #expect(tail.take(5).count == 5)
        #expect(tail.needsRefill == 10)
        #expect(tail.hasRoomAgain)
        #expect(tail.room == 96)
    }

    @Test mutating func `what waits behind a hole is bounded in bytes as well`() throws {
        let size = try #require(Self.block(1...1)).records.count
        tail = TopicTail(next: 1, capacity: 100, bytes: 8 * size)
        tail.refill(nil, log: Self.log(head: 0))
        for first: UInt64 in [10, 12, 14, 16] {
            #expect(tail.receive(try #require(Self.block(first...first + 1))) == .behind)
        }
        #expect(tail.isNearlyFull)
        tail.refill(Self.block(1...9), log: Self.log(head: 17))
        #expect(takeAll() == Array(1...13))
    }

    // MARK: One step at a time

    @Test mutating func `events that come in order are given out in order`() {
        for offset: UInt64 in 1...3 { #expect(tail.receive(Self.event(offset)) == .buffered) }
        #expect(tail.take(2).map(\.offset) == [1, 2])
        #expect(takeAll() == [3])
        #expect(tail.next == 4)
        #expect(tail.needsRefill == nil)
    }

    @Test mutating func `an event that is known already is not given out again`() {
        _ = tail.receive(Self.event(1))
        #expect(tail.receive(Self.event(1)) == .duplicate)
        #expect(takeAll() == [1])
        #expect(tail.receive(Self.event(1)) == .duplicate)
        #expect(takeAll() == [])
    }

    @Test mutating func `a hole is asked for and filled from the log`() {
        _ = tail.receive(Self.event(1))
        #expect(tail.receive(Self.event(4)) == .behind)
        #expect(tail.needsRefill == 2)
        #expect(tail.gapsFound == 1 && tail.gapsFilled == 0)
        tail.refill(Self.block(2...4), log: Self.log(head: 4))
        #expect(takeAll() == [1, 2, 3, 4])
        #expect(tail.needsRefill == nil)
        #expect(tail.gapsFound == 1 && tail.gapsFilled == 1)
    }

    @Test mutating func `a head beyond what is here shows a hole at the end`() {
        _ = tail.receive(Self.event(1))
        #expect(tail.receiveHead(epoch: 1, head: 1) == .duplicate)
        #expect(tail.receiveHead(epoch: 1, head: 3) == .behind)
        #expect(tail.needsRefill == 2)
    }

    @Test mutating func `a hole that closes by itself is filled too`() {
        #expect(tail.receive(Self.event(2)) == .behind)
        #expect(tail.receive(Self.event(1)) == .buffered)
        #expect(tail.receive(Self.event(2)) == .duplicate, "it has waited")
        #expect(takeAll() == [1, 2])
        #expect(tail.needsRefill == nil)
        #expect(tail.gapsFound == 1 && tail.gapsFilled == 1)
    }

    @Test mutating func `a full buffer lets go of what comes and asks for it when there is room`() {
        for offset: UInt64 in 1...12 { _ = tail.receive(Self.event(offset)) }
        #expect(tail.needsRefill == nil)
        #expect(tail.take(4).count == 4)
        #expect(tail.needsRefill == 9)
        tail.refill(Self.block(9...12), log: Self.log(head: 12))
        #expect(takeAll() == Array(5...12))
        #expect(tail.gapsFound == tail.gapsFilled)
    }

    @Test mutating func `a page that is longer than the room is taken as far as it fits`() {
        _ = tail.receiveHead(epoch: 1, head: 50)
        tail.refill(Self.block(1...50), log: Self.log(head: 50))
        #expect(takeAll() == Array(1...8))
        #expect(tail.needsRefill == 9)
    }

    @Test mutating func `a page with a foreign beginning is not taken, a short one as far as it goes`() {
        _ = tail.receiveHead(epoch: 1, head: 5)
        tail.refill(Self.block(3...5), log: Self.log(head: 5))
        #expect(takeAll() == [])
        tail.refill(Self.block(1...2), log: Self.log(head: 5))
        #expect(takeAll() == [1, 2])
        #expect(tail.needsRefill == 3)
    }

    // MARK: Blocks

    mutating func receive(_ offsets: ClosedRange<UInt64>, epoch: UInt64 = 1) -> TopicTail.Receipt? {
        Self.block(offsets, epoch: epoch).map { tail.receive($0) }
    }

    @Test mutating func `a block that is partly known gives out only what is new`() {
        #expect(receive(1...3) == .buffered)
        #expect(receive(2...5) == .buffered)
        #expect(receive(1...5) == .duplicate)
        #expect(takeAll() == Array(1...5))
        #expect(receive(4...6) == .buffered)
        #expect(takeAll() == [6])
        #expect(tail.gapsFound == 0)
    }

    @Test mutating func `a block behind a gap is one gap, and waits for the log to fill it`() {
        #expect(receive(1...2) == .buffered)
        #expect(receive(5...6) == .behind)
        #expect(tail.needsRefill == 3)
        #expect(receive(7...8) == .behind)
        #expect(takeAll() == [1, 2])
        tail.refill(Self.block(3...5), log: Self.log(head: 5))
        #expect(takeAll() == Array(3...8), "the log knew no more than 5 when it answered")
        #expect(tail.needsRefill == nil)
        #expect(tail.gapsFound == 1 && tail.gapsFilled == 1)
        #expect(receive(9...9) == .buffered)
    }

    @Test mutating func `a busy topic is live again after one answer of the log`() {
        _ = receive(1...2)
        _ = receive(4...4)
        for offset: UInt64 in 5...100 {
            // Each answer is older than what came while it was on its way.
            if let from = tail.needsRefill, offset.isMultiple(of: 3) {
                tail.refill(Self.block(from...(offset - 2)), log: Self.log(head: offset - 2))
            }
            _ = receive(offset...offset)
            _ = takeAll()
        }
        #expect(tail.next == 101)
        #expect(tail.gapsFound == 1 && tail.gapsFilled == 1)
    }

    @Test mutating func `what waits behind a gap is bounded, and nothing of it is lost`() {
        #expect(receive(3...4) == .behind)
        for first in stride(from: UInt64(5), through: 99, by: 2) { #expect(receive(first...(first + 1)) == .behind) }
        tail.refill(Self.block(1...2), log: Self.log(head: 2))
        #expect(takeAll() == Array(1...6), "2 of the page, and half as many as the buffer takes")
        #expect(tail.needsRefill == 7)
    }

    @Test mutating func `a block that is longer than the room is taken as far as it fits`() {
        #expect(receive(1...20) == .behind)
        #expect(takeAll() == Array(1...8))
        #expect(tail.needsRefill == 9)
        tail.refill(Self.block(9...12), log: Self.log(head: 20))
        #expect(receive(11...14) == .buffered)
        #expect(takeAll() == Array(9...14))
    }

    @Test mutating func `what waits behind a gap of an epoch that has ended is forgotten`() {
        #expect(receive(3...4) == .behind)
        answer(2, head: 2)
        answer(2, head: 2, Self.events(1...2, epoch: 2))
        #expect(tail.take(.max) == Self.events(1...2, epoch: 2))
    }

    // MARK: Pruned logs

    @Test mutating func `what is given up is passed over, and the gap with it`() {
        _ = tail.receive(Self.event(1))
        _ = tail.receiveHead(epoch: 1, head: 10)
        tail.skip(to: 8)
        #expect(tail.needsRefill == 8)
        tail.refill(Self.block(8...10), log: Self.log(head: 10, tail: 8))
        #expect(takeAll() == [8, 9, 10])
        #expect(tail.gapsFound == 1 && tail.gapsFilled == 1)
        tail.skip(to: 5)
        #expect(tail.next == 11)
    }

    @Test mutating func `a log that was pruned to nothing is waited for at its head`() {
        _ = tail.receiveHead(epoch: 1, head: 10)
        tail.skip(to: 11)
        #expect(tail.needsRefill == nil)
        #expect(tail.gapsFound == tail.gapsFilled)
        #expect(tail.receive(Self.event(11)) == .buffered)
    }

    // MARK: Epochs

    /// What the log of an epoch answers to a question about the present doubt.
    mutating func answer(_ epoch: UInt64, head: UInt64, _ events: [Event] = []) {
        tail.refill(EventBlock(events), log: Self.log(head: head, epoch: epoch), settling: tail.doubt)
    }

    @Test mutating func `before the log has been asked nothing is believed`() {
        tail = TopicTail(next: 1, capacity: 8)
        #expect(tail.receive(Self.event(1, epoch: 9)) == .otherEpoch)
        #expect(tail.needsRefill == 1)
        answer(1, head: 2, Self.events(1...2))
        #expect(tail.take(.max) == Self.events(1...2))
    }

    @Test mutating func `another epoch is asked about; where the log is of it, the topic begins again`() {
        _ = tail.receive(Self.event(1))
        #expect(tail.receive(Self.event(3, epoch: 2)) == .otherEpoch)
        #expect(tail.needsRefill == 2)
        answer(2, head: 3)
        #expect(tail.next == 1 && tail.needsRefill == 1)
        answer(2, head: 3, Self.events(1...3, epoch: 2))
        #expect(tail.take(.max) == Self.events(1...3, epoch: 2))
        #expect(tail.needsRefill == nil)
    }

    @Test mutating func `a late message of an epoch that has ended changes nothing`() {
        answer(2, head: 3, Self.events(1...3, epoch: 2))
        answer(2, head: 3, Self.events(1...3, epoch: 2))
        #expect(takeAll() == [1, 2, 3])
        #expect(tail.receive(Self.event(9, epoch: 1)) == .otherEpoch)
        #expect(tail.needsRefill == nil, "it was ours before, and the log has said that it is over")
        #expect(tail.receive(Self.event(4, epoch: 7)) == .otherEpoch)
        #expect(tail.needsRefill == 4, "never heard of: the log must say")
        answer(2, head: 3)
        #expect(tail.receive(Self.event(5, epoch: 7)) == .otherEpoch)
        #expect(tail.needsRefill == nil)
        #expect(tail.receive(Self.event(4, epoch: 2)) == .buffered)
        #expect(takeAll() == [4])
    }

    @Test mutating func `a doubt that comes while the log answers is not settled by that answer`() {
        let asked = tail.doubt
        _ = tail.receiveHead(epoch: 2, head: 1)
        tail.refill(nil, log: Self.log(head: 0), settling: asked)
        #expect(tail.needsRefill == 1, "the answer may be older than the other epoch")
        answer(2, head: 1)
        answer(2, head: 1, [Self.event(1, epoch: 2)])
        #expect(tail.take(.max) == [Self.event(1, epoch: 2)])
    }

    @Test
    mutating func `an epoch that is heard of while the log is asked for the first time is confirmed by its answer`() {
        tail = TopicTail(next: 1, capacity: 8)
        #expect(tail.receiveHead(epoch: 1, head: 3) == .otherEpoch)
        // The question was sent before that head had come.
        tail.refill(Self.block(1...3), log: Self.log(head: 3), settling: nil)
        #expect(tail.doubt == nil)
        #expect(tail.needsRefill == nil)
        #expect(takeAll() == [1, 2, 3])
    }

    @Test mutating func `a log that comes back from a backup is followed again`() {
        answer(2, head: 0)
        _ = tail.receiveHead(epoch: 1, head: 4)
        #expect(tail.needsRefill != nil)
        answer(1, head: 4)
        answer(1, head: 4, Self.events(1...4))
        #expect(takeAll() == [1, 2, 3, 4])
    }

    @Test mutating func `a page of another epoch begins the topic again`() {
        tail.resume(epoch: 1, next: 500)
        answer(2, head: 3)
        #expect(tail.needsRefill == 1)
        answer(2, head: 3, Self.events(1...3, epoch: 2))
        #expect(takeAll() == [1, 2, 3])
    }

    @Test mutating func `a gap of an epoch that has ended does not stay open`() {
        _ = tail.receiveHead(epoch: 1, head: 9)
        answer(2, head: 0)
        #expect(tail.receive(Self.event(1, epoch: 2)) == .buffered)
        #expect(tail.gapsFound == tail.gapsFilled)
    }

    @Test mutating func `a subscriber that comes back to the same epoch goes on where it stopped`() {
        tail.resume(epoch: 1, next: 500)
        #expect(tail.receive(Self.event(499)) == .duplicate)
        #expect(tail.receive(Self.event(500)) == .buffered)
    }

    // MARK: Against a network that loses, repeats and mixes

    static let count = 5_000

    /// A publisher's log, and a network between it and a subscriber.
    struct Network {
        var generator: SeededGenerator
        var log: [Event] = []
        var inFlight: [EventBlock] = []
        let pruned: UInt64

        init(seed: UInt64, pruned: UInt64 = 0) {
            generator = SeededGenerator(seed: seed)
            self.pruned = pruned
        }

        /// One to five events a block, some of which overlap. One in ten is dropped, one in ten comes twice, one in ten stays behind for a
        /// while.
        mutating func publish() {
            for _ in 0..<Int.random(in: 1...5, using: &generator) {
                log.append(TopicTailTests.event(UInt64(log.count + 1)))
            }
            let size = Int.random(in: 1...6, using: &generator)
            guard !generator.oneIn(10), let block = EventBlock(log.suffix(size)) else { return }
            inFlight.append(block)
            if generator.oneIn(10) { inFlight.append(block) }
        }

        /// Now and then something of an epoch that has ended is still about.
        mutating func deliver(to tail: inout TopicTail) {
            if generator.oneIn(20) { _ = tail.receive(TopicTailTests.event(7, epoch: 99)) }
            if generator.oneIn(200) { _ = tail.receiveHead(epoch: 99, head: 1_000_000) }
            while !inFlight.isEmpty, !generator.oneIn(4) {
                let index = generator.oneIn(10) ? Int.random(in: inFlight.indices, using: &generator) : 0
                _ = tail.receive(inFlight.remove(at: index))
            }
        }

        /// Some calls fail, some answers are short.
        mutating func refill(_ tail: inout TopicTail) {
            guard let from = tail.needsRefill, !generator.oneIn(5) else { return }
            let first = max(from, pruned + 1)
            tail.skip(to: first)
            let page = log.dropFirst(Int(first) - 1).prefix(Int.random(in: 1...40, using: &generator))
            let head = TopicTailTests.log(head: UInt64(log.count), tail: pruned + 1)
            tail.refill(EventBlock(Array(page)), log: head, settling: tail.doubt)
        }
    }

    @Test(arguments: UInt64(0)..<7)
    func `thousands of events over such a network are given out once each, in order, from a bounded buffer`(
        seed: UInt64
    ) {
        let capacity = 1 << Int(seed % 7 + 1)
        var network = Network(seed: seed)
        var tail = Self.tail(capacity: capacity)
        var given: [UInt64] = []
        while given.count < network.log.count || network.log.count < Self.count {
            if network.log.count < Self.count { network.publish() }
            network.deliver(to: &tail)
            if network.generator.oneIn(50) { _ = tail.receiveHead(epoch: 1, head: UInt64(network.log.count)) }
            network.refill(&tail)
            var copy = tail
            #expect(copy.take(.max).count <= capacity + capacity / 2)
            given += tail.take(Int.random(in: 0...20, using: &network.generator)).map(\.offset)
        }
        // Nothing that is still under way is given out again, and no gap stays open.
        for block in network.inFlight { #expect(tail.receive(block) == .duplicate) }
        #expect(given == Array(1...UInt64(network.log.count)))
        #expect(!tail.hasEvents)
        #expect(tail.epoch == 1)
        #expect(tail.gapsFound > 0)
        #expect(tail.gapsFound == tail.gapsFilled)
    }

    @Test func `a subscriber of a pruned log gets all that is kept`() {
        var network = Network(seed: 99, pruned: 600)
        var tail = Self.tail(capacity: 64)
        while network.log.count < 1_000 { network.publish() }
        let head = UInt64(network.log.count)
        _ = tail.receiveHead(epoch: 1, head: head)
        var given: [UInt64] = []
        while tail.next <= head {
            network.refill(&tail)
            given += tail.take(.max).map(\.offset)
        }
        #expect(given == Array(601...head))
    }
}

extension TopicTail {
    /// An event that comes alone.
    mutating func receive(_ event: Event) -> Receipt { EventBlock([event]).map { receive($0) } ?? .duplicate }
}
