// Blocks of events as bytes: what they are made of, where they end, and what of damaged ones is refused.

import Testing

@testable import Bus

@Suite struct EventBlockTests {
    static func bytes(_ count: UInt64) -> [UInt8] {
        Array(EventBlock(ReplayPageTests.events(count))?.records ?? [])
    }

    static func block(_ records: ArraySlice<UInt8>, first: UInt64 = 11) -> EventBlock? {
        EventBlock(topic: "echo.said", epoch: 7, first: first, records: records)
    }

    @Test func `a block gives out the events that it was made of`() throws {
        let events = ReplayPageTests.events(50)
        let block = try #require(EventBlock(events))
        #expect(block.count == 50 && block.events == events)
        let inside = [9, 9] + Self.bytes(50)
        #expect(Self.block(inside[2...])?.events == events)
    }

    @Test func `a block ends where the next event does not follow, or does not fit`() throws {
        var events = ReplayPageTests.events(9)
        events.remove(at: 4)
        #expect(EventBlock(events)?.events == Array(events.prefix(4)))
        #expect(EventBlock(events, limit: 0)?.count == 1)
        let whole = ReplayPageTests.events(9)
        let three = try #require(EventBlock(Array(whole.prefix(3))))
        #expect(EventBlock(whole, limit: three.records.count) == three)
        #expect(EventBlock(whole, limit: three.records.count - 1)?.events == Array(whole.prefix(2)))
        #expect(EventBlock([]) == nil)
    }

    @Test func `events of several commits become blocks of one topic each, in their order, of so many bytes`() {
        let (a, b) = (ReplayPageTests.events(6), ReplayPageTests.events(6).map { $0.moved(to: "other") })
        var blocks: [EventBlock] = []
        var writer = EventBlockWriter(limit: 1_000_000)
        // The second of one topic right behind the first of another has the offset that would be next there.
        writer.write([[a[0]], [b[1]], [a[1], a[2]], [a[3]], [], [a[5]]]) { blocks.append($0) }
        #expect(blocks.map(\.events) == [[a[0]], [b[1]], Array(a[1...3]), [a[5]]])
        blocks = []
        writer = EventBlockWriter(limit: 100)
        writer.write([a, b]) { blocks.append($0) }
        #expect(blocks.flatMap(\.events) == a + b)
        #expect(blocks.allSatisfy { $0.count == 1 || $0.records.count <= 100 } && blocks.count > 4)
    }

    @Test func `a block cut anywhere but between two events is refused`() {
        let whole = Self.bytes(4)
        let accepted = (0...whole.count).compactMap { Self.block(whole.prefix($0)) }
        #expect(accepted.map(\.count) == [1, 2, 3, 4])
    }

    @Test(arguments: UInt64(0)..<4)
    func `no bytes make the decoder trap, and what it takes adds up`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let whole = Self.bytes(5)
        var (refused, accepted) = (0, 0)
        for _ in 0..<2_000 {
            var changed = whole
            for _ in 0..<2 { changed[Int.random(in: changed.indices, using: &generator)] = generator.bytes(1)[0] }
            for each in [changed, generator.bytes(Int.random(in: 0...100, using: &generator))] {
                guard var block = Self.block(each[...], first: generator.next()) else {
                    refused += 1
                    continue
                }
                accepted += 1
                #expect(block.events.count == block.count)
                let skipped = UInt64.random(in: 0...6, using: &generator)
                block.drop(before: block.first + min(skipped, UInt64(block.count)))
                block.keep(Int.random(in: -1...6, using: &generator))
                #expect(block.events.count == block.count)
            }
        }
        #expect(refused > 100 && accepted > 100)
    }

    @Test(
        arguments: [
            [UInt8](repeating: 0xFF, count: 16), [UInt8](repeating: 0xFF, count: 64),
            // Fields of one byte, of three with a length beyond them, a key that is no text, a trace that is too short.
            record([6]), record([6, 0, 1]), record([6, 0, 2, 0xC3, 0x28]), record([2, 0, 1, 0]),
        ] as [[UInt8]]
    )
    func `lengths that do not add up and fields that are not what they should be are refused`(bytes: [UInt8]) {
        #expect(Self.block(bytes[...]) == nil)
    }

    static func record(_ fields: [UInt8], payload: [UInt8] = []) -> [UInt8] {
        [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, UInt8(fields.count), 0, 0, 0, UInt8(payload.count)] + fields + payload
    }

    @Test func `a field that is not known is skipped`() throws {
        let bytes = Self.record([99, 0, 1, 7, 6, 0, 1, 0x61], payload: [5])
        let event = try #require(Self.block(bytes[...])?.events.first)
        #expect(event.key == "a" && event.payload == [5] && event.offset == 11)
    }

    @Test(arguments: [0, UInt64.max, UInt64.max - 1] as [UInt64])
    func `offsets that no log has are refused`(first: UInt64) {
        #expect(Self.block(Self.bytes(2)[...], first: first) == nil)
    }

    @Test func `what is dropped, kept and taken are consecutive events`() throws {
        let events = ReplayPageTests.events(10)
        var block = try #require(EventBlock(events))
        block.drop(before: 5)
        #expect(block.count == 10)
        block.drop(before: 13)
        block.keep(6)
        #expect(block.events == Array(events[2..<8]))
        var taken: [Event] = []
        block.take(2, into: &taken)
        #expect(taken == Array(events[2..<4]) && block.events == Array(events[4..<8]))
        block.take(.max, into: &taken)
        #expect(block.count == 0 && block.records.isEmpty && taken.count == 6)
        block.drop(before: .max)
        #expect(block.count == 0)
    }

    @Test func `a frame taken apart has each of its events in a frame`() throws {
        let events = ReplayPageTests.events(5)
        var frame: [UInt8] = []
        EventFrame.append(Envelope(try #require(EventBlock(events))), of: "echo.said", to: &frame)
        let apart = EventFrame.apart(frame).map { bytes in
            (try? Envelope(decoding: bytes.dropFirst("echo.said".utf8.count + 1))).flatMap {
                EventBlock($0, of: "echo.said")?.events
            }
        }
        #expect(apart == events.map { [$0] })
        for other in [[], [1, 2], Array("a\0b".utf8)] as [[UInt8]] { #expect(EventFrame.apart(other) == [other]) }
    }
}

extension Event {
    fileprivate func moved(to topic: String) -> Event {
        Event(
            topic: topic,
            epoch: epoch,
            offset: offset,
            key: key,
            committedAt: committedAt,
            trace: trace,
            payload: payload
        )
    }
}
