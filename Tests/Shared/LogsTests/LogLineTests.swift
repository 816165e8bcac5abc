// One line of the log, byte for byte and as Foundation reads it: whatever is said in it, it stays one line and one value.

import Foundation
import Logging
import Testing

@testable import Logs

@Suite struct LogLineTests {
    private func read(_ line: [UInt8]) throws -> [String: Any] {
        #expect(line.last == UInt8(ascii: "\n") && line.count { $0 == UInt8(ascii: "\n") } == 1)
        return try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
    }

    @Test func `a line is written as it is documented`() {
        var line = LogLine(.info, "request", at: Timestamp(milliseconds: 1_795_704_232_123))
        line.add("http.status", LogValue.integer(200))
        line.add("http.duration_ms", LogValue.duration(.microseconds(1_234)))
        line.add("http.route", LogValue.text("/kms/keys/{service_name}"))
        let text = String(decoding: line.finished(), as: UTF8.self)
        #expect(
            text == #"{"time":"2026-11-26T14:43:52.123Z","level":"info","message":"request","http.status":200,"#
                + #""http.duration_ms":1.234,"http.route":"/kms/keys/{service_name}"}"# + "\n"
        )
    }

    @Test(
        arguments: [
            "", "\n", "\"\\", "\u{0}\u{1}\u{1F}\u{7F}", "\",\"level\":\"critical", "a\r\n{\"message\":\"forged\"}",
            "é😀\u{2028}\"\u{301}",
            String(repeating: "x\n", count: 5000),
        ]
    )
    func `whatever is said stays one line and one value`(text: String) throws {
        var line = LogLine(.error, text, at: .now)
        line.add("a", LogValue.text(text))
        let nested: Logger.MetadataValue = .dictionary([
            text: .array([.string(text), .stringConvertible(7), .stringConvertible(true)])
        ])
        line.add("b", nested)
        let fields = try read(line.finished())
        #expect(fields["message"] as? String == text && fields["a"] as? String == text)
        let inner = try #require((fields["b"] as? [String: Any])?[text] as? [Any])
        #expect(inner.first as? String == text && inner[1] as? Int == 7 && inner[2] as? Bool == true)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func `what is no number in JSON is a text`(_ value: Double) throws {
        var line = LogLine(.info, "x", at: .now)
        line.add("ratio", Logger.MetadataValue.stringConvertible(value))
        #expect(try read(line.finished())["ratio"] as? String == value.description)
    }

    @Test(
        arguments: [
            (Duration.zero, "0.000"), (.nanoseconds(999), "0.000"), (.microseconds(7), "0.007"),
            (.microseconds(1_050), "1.050"), (.seconds(3), "3000.000"), (.seconds(-1), "0"),
            (.seconds(Int64.max), "0"), (.seconds(Int64.min), "0"),
        ]
    )
    func `a duration is milliseconds, whatever the clock did`(_ duration: Duration, text: String) {
        #expect(LogValue.duration(duration).description == text)
    }

    @Test func `moments are written as a calendar writes them`() {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        let edges = [951_782_399, 951_782_400, 1_709_164_800, 4_107_542_400, 0, 253_402_300_799]
        // Two thousand more over all the years, each at another time of the day.
        for second in edges + Array(stride(from: 0, to: 253_402_300_799, by: 126_701_123)) {
            var written: [UInt8] = []
            Timestamp(milliseconds: second * 1000).write(to: &written)
            #expect(
                String(decoding: written, as: UTF8.self) == Date(timeIntervalSince1970: Double(second)).formatted(style)
            )
        }
    }

    @Test func `a clock beyond all reason is no reason to end`() {
        var written: [UInt8] = []
        Timestamp(milliseconds: .min).write(to: &written)
        Timestamp(milliseconds: .max).write(to: &written)
        #expect(String(decoding: written, as: UTF8.self) == "1970-01-01T00:00:00.000Z9999-12-31T23:59:59.999Z")
    }
}
