// docs/wire.md is what other people write peers from, so its examples are read here and compared with what the bus reads and writes.

import Foundation
import Testing

@testable import Bus

@Suite struct WireDocumentTests {
    let document: WireDocument

    init() throws { document = try WireDocument() }

    // MARK: Messages

    static let time: UInt64 = 1_767_225_600_000_000
    static let callID: UInt64 = 4_294_967_303

    static func text(_ text: String) -> ArraySlice<UInt8> { Array(text.utf8)[...] }

    static func call() -> Envelope {
        var call = Envelope(kind: .call, id: callID, time: time)
        call.name = "service_a.sequence"
        call.trace = TraceContext(traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
        call.principal = Array(#"{"kind":"user","roles":["user"],"subject":"ada"}"#.utf8)
        call.idempotencyKey = "order-7"
        call.payload = text(#"{"comment":"first","elementId":1,"elementType":"script"}"#)
        return call
    }

    static func answer(_ kind: MessageKind, _ payload: String = "") -> Envelope {
        var answer = Envelope(kind: kind, id: callID)
        answer.payload = text(payload)
        return answer
    }

    static func given(again answer: Envelope) -> Envelope {
        var answer = answer
        answer.isRepeat = true
        return answer
    }

    static func greeting(_ kind: MessageKind, _ name: String, epoch: UInt64) -> Envelope {
        var greeting = Envelope(kind: kind)
        greeting.name = name
        greeting.epoch = epoch
        return greeting
    }

    @Test(arguments: [
        ("call", call()),
        ("reply", answer(.reply, #"{"comment":"first","sequenceNumber":1}"#)),
        (
            "failure",
            answer(
                .failure,
                #"{"code":{"name":"not_found","status":404,"title":"Not found"},"detail":"No script 9."}"#
            )
        ),
        ("repeat", given(again: answer(.reply, #"{"comment":"first","sequenceNumber":1}"#))),
        ("cancel", answer(.cancel)),
        ("hello", greeting(.hello, "caller", epoch: 11)),
        ("welcome", greeting(.welcome, "service_a", epoch: 12)),
    ])
    func `the page's messages of calls are those of the bus`(name: String, message: Envelope) throws {
        let bytes = try document.hex(name)
        #expect(try Envelope(decoding: bytes[...]) == message)
        #expect(message.encoded() == bytes)
    }

    @Test func `the failure and the principal in the messages are what their types write`() throws {
        let failure = try Envelope(decoding: try document.hex("failure")[...])
        #expect(try Array(failure.payload) == PayloadCoding.encode(Failure(.notFound, "No script 9.")))
        let call = try Envelope(decoding: try document.hex("call")[...])
        #expect(try call.principal == PayloadCoding.encode(Principal(kind: .user, subject: "ada", roles: ["user"])))
    }

    @Test func `the page's batch is one of ours`() throws {
        let bytes = try document.hex("batch")
        let messages = [Envelope(kind: .ping), Self.answer(.cancel)]
        var read: [Envelope] = []
        #expect(Envelope.each(in: bytes) { read.append($0) } == 2)
        #expect(read == messages)
        #expect(try BatchTests.frame(of: messages) == bytes)
    }

    // MARK: Events

    static func event(_ offset: UInt64, _ key: String, _ text: String, trace: TraceContext? = nil) -> Event {
        Event(
            topic: "echo.said",
            epoch: 77,
            offset: offset,
            key: key,
            committedAt: Deadline(microseconds: time),
            trace: trace,
            payload: Array(#"{"text":"\#(text)"}"#.utf8)
        )
    }

    static let trace = TraceContext(traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    static let events = [event(41, "ada", "hi", trace: trace), event(42, "", "ho")]

    @Test func `the page's events are topic, zero and event message`() throws {
        let frame = try document.hex("event")
        #expect(frame.starts(with: Self.text("echo.said") + [0]))
        let message = try Envelope(decoding: frame.dropFirst("echo.said".utf8.count + 1))
        #expect(EventBlock(message, of: "echo.said")?.events == Self.events)
        var written: [UInt8] = []
        EventFrame.append(Envelope(try #require(EventBlock(Self.events))), of: "echo.said", to: &written)
        #expect(written == frame)
    }

    @Test func `the page's head is topic, zero and head message`() throws {
        var head = Envelope(kind: .head, id: 42)
        head.epoch = 77
        #expect(try document.hex("head") == Self.text("echo.said") + [0] + head.encoded())
    }

    @Test func `the page's page of a log is one of ours`() throws {
        let bytes = try document.hex("page")
        let page = try #require(ReplayPage(decoding: bytes[...], topic: "echo.said"))
        #expect(page.head == TopicHead(topic: "echo.said", epoch: 77, head: 42, tail: 42))
        #expect(page.events == [Self.events[1]])
        #expect(page.encoded == bytes)
    }

    // MARK: JSON

    /// A JSON block and the type that reads and writes it.
    struct Shape: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let rewrite: @Sendable (ArraySlice<UInt8>) throws -> [UInt8]

        init<Value: Codable & Sendable>(_ name: String, _ type: Value.Type) {
            testDescription = name
            rewrite = { try PayloadCoding.encode(try PayloadCoding.decode(Value.self, from: $0)) }
        }
    }

    @Test(arguments: [
        Shape("principal", Principal.self), Shape("failure", Failure.self), Shape("pong", Pong.self),
        Shape("stats", ServiceStats.self), Shape("info", ServiceInfo.self), Shape("replay", ReplayRequest.self),
        Shape("gone", Failure.self), Shape("join", JoinRequest.self), Shape("standing", ConsumerStanding.self),
        Shape("acknowledge", AcknowledgeRequest.self), Shape("remove", ConsumerReference.self),
        Shape("removed", ConsumersRemoved.self), Shape("headers", HeaderMembers.self),
        Shape("lines", LineMembers.self),
    ])
    func `the page's JSON is read, and has the members that we write`(shape: Shape) throws {
        let json = try document.block("json \(shape.testDescription)")
        let rewritten = try shape.rewrite(Self.text(json))
        let (ours, theirs) = (try WireDocument.value(rewritten), try WireDocument.value(Array(json.utf8)))
        #expect(ours == theirs)
    }

    // MARK: Tables

    @Test func `every kind of message is in the page's table, and no other`() {
        let rows = document.tableRows().compactMap { row in UInt8(row[0]).map { ($0, row[1]) } }
        let kinds = rows.filter { MessageKind(rawValue: $0.0).map { "\($0)" } == $0.1 }
        #expect(Set(kinds.map(\.0)) == Set(MessageKind.allCases.map(\.rawValue)))
    }

    @Test func `every common error code is in the page's table with its status`() {
        let table = document.tableRows().filter { $0.count == 3 && Int($0[1]) != nil && $0[0].hasPrefix("`") }
        let listed = table.map { "\($0[0].filter { $0 != "`" }) \($0[1])" }
        #expect(listed == ErrorCode.common.map { "\($0.name) \($0.status)" })
    }
}
