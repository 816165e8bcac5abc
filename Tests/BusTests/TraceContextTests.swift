// `traceparent` as the W3C's recommendation has it: what it calls invalid is nothing, and newer versions are read as far as they are known.

import Testing

@testable import Bus

@Suite struct TraceContextTests {
    static let trace = "0af7651916cd43dd8448eb211c80319c"
    static let span = "b7ad6b7169203331"

    @Test func `a traceparent is read as the recommendation writes it`() throws {
        let context = try #require(TraceContext(traceparent: "00-\(Self.trace)-\(Self.span)-01"))
        #expect(context.traceHigh == 0x0AF7_6519_16CD_43DD)
        #expect(context.traceLow == 0x8448_EB21_1C80_319C)
        #expect(context.span == 0xB7AD_6B71_6920_3331)
        #expect(context.flags == 1)
        #expect(context.traceID == Self.trace)
        #expect(context.traceparent == "00-\(Self.trace)-\(Self.span)-01")
    }

    @Test(arguments: [
        ("", "nothing"),
        ("00-\(trace)-\(span)", "no flags"),
        ("00-\(trace)-\(span)-0", "half a byte of flags"),
        ("00-\(trace)-\(span)-01-", "version 00 is 55 characters"),
        ("00-\(trace)-\(span)-01-more", "version 00 is 55 characters"),
        (" 00-\(trace)-\(span)-01", "a space before"),
        ("ff-\(trace)-\(span)-01", "version ff is forbidden"),
        ("0-\(trace)-\(span)-011", "half a byte of version"),
        ("gg-\(trace)-\(span)-01", "not hex"),
        ("00-00000000000000000000000000000000-\(span)-01", "trace id of zeros"),
        ("00-\(trace)-0000000000000000-01", "span id of zeros"),
        ("00-\(trace.uppercased())-\(span)-01", "upper case"),
        ("00-\(trace)-\(span.uppercased())-01", "upper case"),
        ("00-\(trace)-\(span)-0A", "upper case"),
        ("00_\(trace)_\(span)_01", "other separators"),
        ("00-\(trace)-\(span)-0ä", "not ASCII"),
        ("01-\(trace)-\(span)-01more", "a newer version goes on with a dash"),
    ])
    func `what the recommendation calls invalid is nothing`(header: String, because: String) {
        #expect(TraceContext(traceparent: header) == nil, "\(because)")
    }

    @Test(arguments: ["01-\(trace)-\(span)-01", "01-\(trace)-\(span)-01-more", "fe-\(trace)-\(span)-01-"])
    func `a newer version is read as far as we know it and goes on as version 00`(header: String) {
        #expect(TraceContext(traceparent: header)?.traceparent == "00-\(Self.trace)-\(Self.span)-01")
    }

    @Test(arguments: [("00", "00"), ("01", "01"), ("02", "00"), ("ff", "01")])
    func `of the flags only "sampled" goes on`(received: String, sent: String) {
        let context = TraceContext(traceparent: "00-\(Self.trace)-\(Self.span)-\(received)")
        #expect(context?.traceparent == "00-\(Self.trace)-\(Self.span)-\(sent)")
    }

    @Test func `leading zeros are written`() throws {
        let text = "00-00000000000000000000000000000001-0000000000000001-00"
        #expect(TraceContext(traceparent: text)?.traceparent == text)
    }

    @Test func `the next hop has the same trace and another span`() {
        let first = TraceContext.begin()
        let second = first.next()
        #expect(second.traceID == first.traceID)
        #expect(second.flags == first.flags)
        #expect(second.span != first.span)
    }

    @Test func `what begins here can be read elsewhere`() {
        for _ in 0..<100 {
            let begun = TraceContext.begin()
            #expect(TraceContext(traceparent: begun.traceparent) == begun)
        }
    }
}
