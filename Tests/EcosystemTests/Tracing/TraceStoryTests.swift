// A call that was made again, told from parts made by hand: what people read, and what programs read, is the same.

import Bus
import Foundation
import Testing

@testable import Ecosystem

@Suite struct TraceStoryTests {
    private typealias Part = TraceStory.Part

    private static func part(_ service: String, _ kind: String, of span: String, begin: Int, took: Int, _ more: String)
        throws
        -> Part
    {
        let json = """
            {"kind":"\(kind)","trace":"\(String(repeating: "a", count: 32))","span":"\(span)","name":"kms.keys","isRepeat":false,
             "beganAt":\(begin),"duration":\(took),\(more)}
            """
        let measured = try JSONDecoder().decode(CallSpan.self, from: Data(json.utf8))
        return Part(service: service, replica: "\(service)-2", span: measured, begin: Int64(begin))
    }

    /// The gateway calls the KMS, which loses the first call; the second is served for 5 ms, of which it waits 2.
    private static func story() throws -> TraceStory {
        TraceStory(
            parts: [
                try part(
                    "gateway",
                    "called",
                    of: "b1",
                    begin: 0,
                    took: 9_000,
                    #""other":"kms","queue":0,"error":"unavailable""#
                ),
                try part("gateway", "called", of: "b1", begin: 10_000, took: 8_000, #""other":"kms","queue":0"#),
                try part(
                    "kms",
                    "served",
                    of: "c1",
                    begin: 11_000,
                    took: 5_000,
                    #""other":"gateway","queue":2000,"parent":"b1""#
                ),
            ],
            silent: []
        )
    }

    private static func members(_ line: String) throws -> [String: JSONValue] {
        try JSONDecoder().decode([String: JSONValue].self, from: Data(line.utf8))
    }

    @Test func `explain tells the attempt, the wire and the work`() throws {
        let lines = try Self.story().lines.dropFirst(2)
        #expect(lines.count == 3)
        #expect(lines.first?.contains("ended with unavailable") == true && lines.first?.contains("attempt") == false)
        #expect(lines.dropFirst().first?.hasSuffix("wire 3.000 ms, attempt 2") == true, "\(lines)")
        #expect(lines.last?.hasSuffix("queue 2.000 ms, work 3.000 ms") == true, "\(lines)")
    }

    @Test func `the lines of JSON have what explain has`() throws {
        let story = try Self.story()
        let lines = try story.parts.map { try Self.members(story.json(of: $0)) }
        #expect(lines.map { $0["attempt"] } == [1, 2, nil])
        #expect(lines.map { $0["wire"] } == [nil, 3_000, nil])
        #expect(lines.map { $0["work"] } == [nil, nil, 3_000])
        #expect(lines.map { $0["replica"] } == ["gateway-2", "gateway-2", "kms-2"])
        #expect(lines.last?["span"]?["queue"] == 2_000)
    }

    /// What was seen on a busy machine: the KMS's clock is taken for 4 ms behind, so that it seems to serve before it is called.
    @Test func `a clock that is known badly is set by the call itself`() throws {
        let story = TraceStory(
            parts: [
                try Self.part("gateway", "called", of: "b1", begin: 10_000, took: 8_000, #""other":"kms","queue":0"#),
                try Self.part(
                    "kms",
                    "served",
                    of: "c1",
                    begin: 6_000,
                    took: 5_000,
                    #""other":"gateway","queue":2000,"parent":"b1""#
                ),
                try Self.part(
                    "kms",
                    "called",
                    of: "d1",
                    begin: 7_000,
                    took: 1_000,
                    #""other":"2fa","queue":0,"parent":"c1""#
                ),
            ],
            silent: []
        )
        #expect(story.parts.map(\.begin) == [10_000, 10_000, 11_000])
        let lines = story.lines.dropFirst(2)
        #expect(lines.first?.hasSuffix("wire 3.000 ms") == true, "\(lines)")
        #expect(lines.dropFirst().first?.contains("      kms.keys") == true, "within the call: \(lines)")
    }

    @Test(arguments: [0, Int64.max, Int64.min]) func `no number of a span ends who tells it`(begin: Int64) throws {
        var served = try Self.story().parts
        served[2].begin = begin
        served[0].begin = .min
        #expect(TraceStory(parts: served, silent: []).lines.count == 5)
    }
}
