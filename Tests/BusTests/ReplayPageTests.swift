// The binary answer of `bus.replay`: it comes back as it was, is cut to a size, and no bytes make its decoder trap.

import Testing

@testable import Bus

@Suite struct ReplayPageTests {
    static let head = TopicHead(topic: "echo.said", epoch: 7, head: 90, tail: 11)

    static func events(_ count: UInt64) -> [Event] {
        var generator = SeededGenerator(seed: count)
        return (0..<count).map { index in
            Event(
                topic: "echo.said",
                epoch: 7,
                offset: 11 + index,
                key: generator.text(upTo: 10),
                committedAt: Deadline(microseconds: generator.next()),
                trace: index % 2 == 0 ? TraceContext(traceHigh: index, traceLow: 1, span: 2, flags: 1) : nil,
                payload: generator.bytes(Int.random(in: 0...50, using: &generator))
            )
        }
    }

    @Test(arguments: [0, 1, 2, 50] as [UInt64])
    func `a page comes back from its bytes as it was`(count: UInt64) throws {
        let bytes = ReplayPage(head: Self.head, events: Self.events(count)).encoded
        let page = try #require(ReplayPage(decoding: bytes[...], topic: "echo.said"))
        #expect(page.head == Self.head)
        #expect(page.events == Self.events(count))
    }

    @Test func `a page in the middle of other bytes is read like one that stands alone`() throws {
        let bytes = [1, 2, 3] + ReplayPage(head: Self.head, events: Self.events(2)).encoded
        #expect(try #require(ReplayPage(decoding: bytes[3...], topic: "echo.said")).events == Self.events(2))
    }

    @Test func `a page cut anywhere but between two events is refused`() {
        let whole = ReplayPage(head: Self.head, events: Self.events(4)).encoded
        let accepted = (0...whole.count).compactMap { ReplayPage(decoding: whole.prefix($0), topic: "echo.said") }
        #expect(accepted.map(\.events) == (0...4).map { Array(Self.events(4).prefix($0)) })
        #expect(accepted.allSatisfy { $0.head == Self.head })
    }

    @Test func `a page is cut where it would be too large, but never to nothing`() {
        let events = Self.events(50)
        var sizes: Set<Int> = []
        for bytes in stride(from: 0, through: 3_000, by: 50) {
            let page = ReplayPage(head: Self.head, events: events, bytes: bytes)
            #expect(page.events == Array(events.prefix(page.events.count)))
            #expect(page.events.count == 1 || page.encoded.count <= bytes + ReplayPage.headerSize)
            sizes.insert(page.events.count)
        }
        #expect(sizes.contains(1) && sizes.count > 10)
    }

    @Test(arguments: [[0], Array(repeating: 0xFF, count: 16), Envelope(kind: .head).encoded()] as [[UInt8]])
    func `a page with something else than records in it is refused`(rest: [UInt8]) {
        let bytes = ReplayPage(head: Self.head, block: nil).encoded + rest
        #expect(ReplayPage(decoding: bytes[...], topic: "echo.said") == nil)
    }

    @Test func `records without an offset are refused`() {
        var bytes = ReplayPage(head: Self.head, events: Self.events(1)).encoded
        for index in 24..<32 { bytes[index] = 0 }
        #expect(ReplayPage(decoding: bytes[...], topic: "echo.said") == nil)
    }

    @Test(arguments: UInt64(0)..<4)
    func `no bytes make the decoder trap`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let whole = ReplayPage(head: Self.head, events: Self.events(3)).encoded
        var refused = 0
        for _ in 0..<1_000 {
            var bytes = whole
            for _ in 0..<3 { bytes[Int.random(in: 24..<bytes.count, using: &generator)] = generator.bytes(1)[0] }
            let noise = generator.bytes(Int.random(in: 0...100, using: &generator))
            for each in [bytes, noise] where ReplayPage(decoding: each[...], topic: "echo.said") == nil { refused += 1 }
        }
        #expect(refused > 0)
    }

    @Test(arguments: [0, 1, 3, 4, UInt64.max])
    func `a log in memory is read from any offset`(offset: UInt64) {
        let log = MemoryEventLog(topics: ["echo.said"])
        for _ in 0..<3 { log.append("echo.said", key: "", payload: []) }
        let offsets = log.read(topic: "echo.said", from: offset, limit: 10).map(\.offset)
        #expect(offsets == (1...3).filter { $0 >= offset })
    }
}

extension ReplayPage {
    var events: [Event] { block?.events ?? [] }
}

extension EventBlock {
    var events: [Event] {
        var (rest, events) = (self, [Event]())
        rest.take(.max, into: &events)
        return events
    }
}
