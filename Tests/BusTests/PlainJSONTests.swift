// The plain coder beside Foundation's: where it succeeds they agree, and on what the bus carries every day it does succeed.

import Foundation
import Testing

@testable import Bus

@Suite struct PlainJSONTests {
    enum Shade: String, Codable { case dark, light }

    struct Leaf: Codable, Equatable {
        var deep: Int
        var shade: Shade?
    }

    struct Everything: Codable, Equatable {
        var text: String?
        var count: Int?
        var small: UInt8?
        var big: UInt64?
        var flag: Bool?
        var ratio: Double?
        var list: [Int]?
        var map: [String: Leaf]?
        var leaves: [Leaf?]?
        var any: JSONValue?
        var when: Date?
    }

    private static let foundation: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }()

    /// Returns the type where the plain coder has read the text, and nil where it left it to Foundation's.
    @discardableResult
    private func agree<Value: Codable & Equatable>(on text: [UInt8], as type: Value.Type) -> String? {
        guard let plain = try? PlainDecoding.decode(type, from: text[...]) else { return nil }
        let other = try? JSONDecoder().decode(type, from: Data(text))
        #expect(plain == other, "\(String(decoding: text, as: UTF8.self))")
        return "\(type)"
    }

    @Test(
        arguments: [
            #"{"elementType":"script","elementId":1,"comment":"Whether 'tis nobler in the mind"}"#,
            #" { "comment" : "a\nb \"c\" \\ \/ \u00e9 \ud83d\ude00 é😀" , "elementId" : -12 , "elementType":"x" } "#,
            #"{"comment":"","elementId":999999999999999999,"elementType":"","unknown":[1.5e3,null,{"a":[]},true]}"#,
        ]
    )
    func `a call of every day is plain`(text: String) throws {
        struct Element: Codable, Equatable {
            let elementType: String
            let elementId: Int
            let comment: String
        }
        let bytes = Array(text.utf8)
        let plain = try PlainDecoding.decode(Element.self, from: bytes[...])
        #expect(try JSONDecoder().decode(Element.self, from: Data(bytes)) == plain)
        #expect(try PlainEncoding.encode(plain) == [UInt8](Self.foundation.encode(plain)))
    }

    @Test(
        arguments: [
            #"{"a":1,"a":2}"#, #"{"a\u0062":1}"#, #"{"a":01}"#, #"{"a":1,}"#, #"{"a" 1}"#, #"[1,]"#, #"[1 2]"#, "", " ",
            "{", "[",
            "\"", "\"\\", "\"\u{1}\"", "nul", "truefalse", "-", "1.", "1e", "+1", ".5", "0x1", "1 1", "\u{FEFF}1",
            "NaN",
            #""\ud800""#, #""\udc00\ud800""#, #""\x""#, #""\u12g4""#, #""\u+123""#,
            String(repeating: "[", count: 65) + String(repeating: "]", count: 65),
        ]
    )
    func `what is broken or has two readings is not plain`(text: String) {
        #expect(throws: (any Error).self) { try PlainDecoding.decode(JSONValue.self, from: Array(text.utf8)[...]) }
    }

    @Test(arguments: [[0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xE9]])
    func `bytes that are not UTF-8 are not plain`(bytes: [UInt8]) {
        #expect(throws: NotPlain.self) { try PlainDecoding.decode(String.self, from: bytes[...]) }
    }

    @Test(
        arguments: [
            ("0", "Int UInt8 UInt64 Int64 Double JSONValue Everything"),
            ("-0", "Int UInt8 UInt64 Int64 Double JSONValue Everything"),
            ("255", "Int UInt8 UInt64 Int64 Double JSONValue Everything"),
            ("256", "Int UInt64 Int64 Double JSONValue Everything"),
            ("-1", "Int Int64 Double JSONValue Everything"),
            ("999999999999999999", "Int UInt64 Int64 Double JSONValue Everything"),
            ("9223372036854775807", "Double"), ("9223372036854775808", "Double"), ("18446744073709551615", "Double"),
            ("1.0", "Double"), ("1e2", "Double"), ("3.25", "Double"), ("0.1", "Double"),
            ("123456789.123456789", "Double"), ("2.2250738585072014e-308", "Double"), ("1e400", ""), ("-1e-400", ""),
        ]
    )
    func `numbers are read alike, and left to Foundation only where readers may differ`(text: String, plain: String) {
        let bytes = Array(text.utf8)
        let read = [
            agree(on: bytes, as: Int.self),
            agree(on: bytes, as: UInt8.self),
            agree(on: bytes, as: UInt64.self),
            agree(on: bytes, as: Int64.self),
            agree(on: bytes, as: Double.self),
            agree(on: bytes, as: JSONValue.self),
            agree(on: Array(#"{"ratio":\#(text),"any":\#(text)}"#.utf8), as: Everything.self),
        ]
        #expect(read.compactMap { $0 }.joined(separator: " ") == plain)
    }

    @Test(arguments: UInt64(1)...20) func `random values are written and read alike`(seed: UInt64) throws {
        var random = JSONMaker(seed: seed)
        var (read, written) = (0, 0)
        for _ in 0..<100 {
            let value = random.value(depth: 4)
            let text = [UInt8](try Self.foundation.encode(value))
            if agree(on: text, as: JSONValue.self) != nil { read += 1 }
            if let plain = try? PlainEncoding.encode(value) {
                written += 1
                #expect(plain == text, "\(String(decoding: text, as: UTF8.self))")
            }
        }
        // Two of three are without a fraction and without a key that is not plain.
        #expect(read > 50 && written > 50)
    }

    @Test(arguments: UInt64(1)...20) func `texts with a byte changed are read alike or not at all`(seed: UInt64) throws
    {
        var random = JSONMaker(seed: seed)
        let sample = Everything(
            text: "a\"é\n",
            count: -7,
            small: 9,
            big: 1 << 50,
            flag: true,
            ratio: 4,
            list: [1, 2],
            map: ["b": Leaf(deep: 1, shade: .dark), "a": Leaf(deep: 2)],
            leaves: [nil, Leaf(deep: 3)],
            any: .array([.null, .object(["x": .bool(false)])]),
            when: Date(timeIntervalSinceReferenceDate: 5)
        )
        let text = [UInt8](try Self.foundation.encode(sample))
        #expect(try PlainEncoding.encode(sample) == text)
        #expect(try PlainDecoding.decode(Everything.self, from: text[...]) == sample)
        var read = 0
        for _ in 0..<250 {
            let changed = random.changed(text)
            agree(on: changed, as: Everything.self)
            if agree(on: changed, as: JSONValue.self) != nil { read += 1 }
        }
        // Of these many a change has left JSON, most have not.
        #expect((50..<150).contains(read))
    }

    @Test func `what Foundation writes in its own ways is left to it`() {
        #expect(throws: NotPlain.self) { try PlainEncoding.encode(Data([1])) }
        #expect(throws: NotPlain.self) { try PlainEncoding.encode(Double.nan) }
        #expect(throws: NotPlain.self) { try PlainEncoding.encode(0.5) }
        #expect(throws: NotPlain.self) { try PlainDecoding.decode(Data.self, from: Array(#""AQ==""#.utf8)[...]) }
    }

    @Test func `containers nested by hand are left to it`() throws {
        struct ByHand: Encodable {
            enum Key: String, CodingKey { case a, b }
            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: Key.self)
                var inner = container.nestedContainer(keyedBy: Key.self, forKey: .a)
                try inner.encode(1, forKey: .b)
                try container.encode(2, forKey: .b)
            }
        }
        #expect(throws: NotPlain.self) { try PlainEncoding.encode(ByHand()) }
        let written = try PayloadCoding.encode(ByHand())
        #expect(written == Array(#"{"a":{"b":1},"b":2}"#.utf8))
    }
}
