// The rule by its edges, and what a mark is by Foundation's normal form of every scalar there is.

import Foundation
import Testing

@testable import StreamSafe

@Suite struct StreamSafeTests {
    static let marks = "\u{301}\u{316}"
    static let longest = "e" + String(repeating: marks, count: StreamSafe.mostMarks / 2)

    private static func keepsInJSON(_ bytes: [UInt8]) -> Bool { StreamSafe.keepsInJSON(bytes.span) }

    @Test(arguments: [
        "", "ascii", "Łódź, STRASSE, ﬁ", "e\u{301}", longest, longest + longest, longest + "\u{200B}\u{301}", "日本語 👩‍👩‍👧",
    ])
    func `what people write is taken`(text: String) { #expect(text.isStreamSafe) }

    @Test(arguments: [
        longest + "\u{301}", "x" + longest + "\u{301}y", String(repeating: "\u{316}", count: 31),
        String(repeating: "\u{F73}", count: 31), String(repeating: "\u{1D165}", count: 31),
    ])
    func `one mark too many is not`(text: String) { #expect(!text.isStreamSafe) }

    @Test(arguments: [#"\u0301"#, #"\u0301\u0316"#, #"\ud834\udd65"#, "\u{301}\\u0316"])
    func `in JSON escapes are marks as well`(pair: String) {
        #expect(Self.keepsInJSON(Array("{\"a\":\"\(String(repeating: pair, count: 15))\"}".utf8)))
        #expect(!Self.keepsInJSON(Array("{\"a\":\"\(String(repeating: pair, count: 31))\"}".utf8)))
        // An escaped backslash, and letters behind it.
        #expect(Self.keepsInJSON(Array(String(repeating: "\\\\u0301", count: 100).utf8)))
        #expect(String(repeating: #"\u0301"#, count: 100).isStreamSafe, "outside of JSON it is letters")
    }

    @Test func `text that is cut anywhere is read to its end, and no further`() {
        let bytes = Array("e\u{301}\u{316}日👩\\u0301\\ud834\\udd65\\n".utf8)
        for end in bytes.indices {
            for start in 0...end { #expect(Self.keepsInJSON(Array(bytes[start..<end]))) }
        }
        for byte in UInt8.min...UInt8.max { #expect(Self.keepsInJSON([byte, byte, byte])) }
    }

    @Test func `a mark is what a normal form puts in another place`() {
        for value: UInt32 in 0..<0x2_0000 {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let parts = String(scalar).decomposedStringWithCanonicalMapping.unicodeScalars
            let isMark = parts.allSatisfy { $0.properties.canonicalCombiningClass != .notReordered }
            #expect(StreamSafe.isMark(scalar) == isMark, "U+\(String(value, radix: 16))")
        }
    }
}
