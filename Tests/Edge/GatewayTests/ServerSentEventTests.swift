// The bytes of a stream, its positions, and what a client may ask for: all of it pure.

import Bus
import HTTPServer
import Testing

@testable import Gateway

@Suite struct ServerSentEventTests {
    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test(arguments: [
        ("{}", "data: {}\n"), ("a\nb", "data: a\ndata: b\n"), ("a\r\nb\rc", "data: a\ndata: b\ndata: c\n"),
        ("\n", "data: \ndata: \n"), ("", "data: \n"), ("a\n\nb", "data: a\ndata: \ndata: b\n"),
        ("a\n", "data: a\ndata: \n"),
        ("ä€😀", "data: ä€😀\n"), (" x:y", "data:  x:y\n"),
    ])
    func `data of any lines stays what it is`(data: String, lines: String) {
        let position = LogPosition(epoch: 7, offset: 3)
        let bytes = ServerSentEvent.event("t.changed", at: position, Array(data.utf8))
        #expect(text(bytes) == "id: 7:3\nevent: t.changed\n\(lines)\n")
    }

    @Test func `nobody's words end a field`() {
        let bytes = ServerSentEvent.event("a\ndata: b\r\nid: 1\u{0}", Array("x".utf8))
        #expect(text(bytes) == "event: adata: bid: 1\ndata: x\n\n")
        #expect(text(ServerSentEvent.comment("a\n\nb")) == ": ab\n\n")
        #expect(text(ServerSentEvent.retry(.milliseconds(2500))) == "retry: 2500\n\n")
        #expect(text(ServerSentEvent.position(.init(epoch: .max, offset: 0))) == "id: 18446744073709551615:0\n\n")
    }

    @Test(arguments: [LogPosition(epoch: 1, offset: 0), LogPosition(epoch: .max, offset: .max - 1)])
    func `a position is read as it is written`(position: LogPosition) {
        #expect(LogPosition(position.text) == position)
    }

    @Test(arguments: [
        "", ":", "7", "7:", ":3", "7:3:1", "0:3", "7:-3", "+7:3", "7:03", " 7:3", "7:3 ", "7;3", "٧:3",
        "7:18446744073709551615",
        "18446744073709551616:3", "99999999999999999999999:1", "7:3\u{0}",
    ])
    func `what is no position is none`(text: String) { #expect(LogPosition(text) == nil) }

    private func wish(_ query: [(String, String)], _ headers: [(String, String)] = []) throws(Failure) -> EventsRequest
    {
        var fields = HTTPFields()
        for (name, value) in headers { fields.append(name: name, value: value) }
        return try EventsRequest(
            HTTPRequest(
                method: "GET",
                path: "/events",
                query: query.map { (name: $0.0, value: $0.1) },
                headers: fields
            )
        )
    }

    @Test func `the header counts for more than the query, and a position for more than a beginning`() throws {
        let query = [("topic", "t"), ("from", "earliest"), ("last_event_id", "7:3")]
        #expect(try wish(query, [("Last-Event-ID", "7:9")]).start == .after(.init(epoch: 7, offset: 9)))
        #expect(try wish(query, [("Last-Event-ID", "")]).start == .after(.init(epoch: 7, offset: 3)))
        #expect(try wish([("topic", "t"), ("from", "earliest")]).start == .earliest)
        #expect(try wish([("topic", "t")]).start == .live)
    }

    @Test func `keys are whole or beginnings of them, and all where none is named`() throws {
        let keys = try wish([("topic", "t"), ("key", "a"), ("key", "b"), ("key_prefix", "h/")]).keys
        #expect(["a", "b", "h/", "h/x"].allSatisfy(keys.wants))
        #expect(!["", "ab", "h", "H/x"].contains(where: keys.wants))
        #expect(try wish([("topic", "t")]).keys.wants("anything"))
    }

    @Test func `there are so many places in all, for one address and for one principal`() {
        var places = StreamPlaces(most: 4, mostOfClient: 3, mostOfPrincipal: 2)
        let ada = StreamPlaces.Holder(client: "a", principal: "ada")
        #expect(places.enter(ada) == .taken && places.enter(ada) == .taken)
        #expect(places.enter(ada) == .principalHasItsOwn(2))
        #expect(places.enter(.init(client: "a", principal: nil)) == .taken)
        #expect(places.enter(.init(client: "a", principal: "bob")) == .clientHasItsOwn(3))
        #expect(places.enter(.init(client: "b", principal: "bob")) == .taken)
        #expect(places.enter(.init(client: "c", principal: "cid")) == .full)
        places.leave(ada)
        #expect(places.enter(.init(client: "c", principal: "cid")) == .taken && places.taken == 4)
    }

    private func event(_ offset: UInt64, epoch: UInt64 = 7, size: Int = 10) -> Event {
        Event(
            topic: "t",
            epoch: epoch,
            offset: offset,
            key: "k",
            committedAt: .now,
            trace: nil,
            payload: [UInt8](repeating: 65, count: size)
        )
    }

    private func offsets(_ ring: FeedRing, from next: UInt64, epoch: UInt64 = 7) -> [UInt64]? {
        guard case .entries(let entries) = ring.find(.init(epoch: epoch, offset: next)) else { return nil }
        return entries.map(\.offset)
    }

    @Test func `the ring keeps the newest events, bounded in bytes, without a hole`() {
        var ring = FeedRing(limit: 2000)
        ring.begin(epoch: 7, next: 5)
        if case .atEnd = ring.find(.init(epoch: 7, offset: 5)) {} else { Issue.record("not at the end") }
        for offset in 5..<100 {
            ring.add([event(UInt64(offset))])
            #expect(ring.size <= 2000)
        }
        #expect(ring.end == 100 && ring.first > 5)
        #expect(offsets(ring, from: ring.first) == Array(ring.first..<100))
        #expect(offsets(ring, from: 99) == [99])
        #expect(offsets(ring, from: ring.first - 1) == nil && offsets(ring, from: 101) == nil)
        #expect(offsets(ring, from: 99, epoch: 8) == nil)
        ring.add([event(102)])
        #expect(ring.first == 102 && offsets(ring, from: 99) == nil, "behind a hole it begins anew")
        ring.add([event(1, epoch: 8)])
        #expect(ring.epoch == 8 && offsets(ring, from: 1, epoch: 8) == [1])
        ring.add([event(2, epoch: 8, size: 5000)])
        #expect(ring.size == 0 && ring.end == 3, "what is larger than all of it is not kept")
    }

    @Test(
        arguments: [
            (LogPosition(epoch: 7, offset: 50), nil, 51), (LogPosition(epoch: 7, offset: 9), nil, 10),
            (LogPosition(epoch: 7, offset: 100), nil, 101),
            (LogPosition(epoch: 7, offset: 8), .gone, 10), (LogPosition(epoch: 7, offset: 101), .ahead, 10),
            (LogPosition(epoch: 6, offset: 50), .anotherLog, 10),
            (LogPosition(epoch: 7, offset: .max - 1), .ahead, 10),
        ] as [(LogPosition, StreamReset.Reason?, UInt64)]
    )
    func `a client is told where it cannot go on`(at: LogPosition, reason: StreamReset.Reason?, next: UInt64) {
        let log = TopicHead(topic: "t", epoch: 7, head: 100, tail: 10)
        let (cursor, reset) = StreamCursor.begin(.after(at), log)
        #expect(reset?.reason == reason)
        #expect(cursor.next == LogPosition(epoch: 7, offset: next))
    }
}
