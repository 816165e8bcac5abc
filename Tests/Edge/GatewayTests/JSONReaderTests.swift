// The gateway's own JSON reader: what it reads, which fault it names at which line and column, and how deep it goes.

import Bus
import Testing

@testable import Gateway

@Suite struct JSONReaderTests {
    static let sample = #"{"a":[1,-2.5e3,true,null,"x\n\u00e9\ud83d\ude00"],"b":{"c":{}},"d":""}"#

    @Test func `every kind of value is read`() throws {
        #expect(
            try JSONReader.read(Array(Self.sample.utf8))
                == .object([
                    "a": .array([.integer(1), .number(-2500), .bool(true), .null, .string("x\né😀")]),
                    "b": .object(["c": .object([:])]), "d": .string(""),
                ])
        )
        #expect(try JSONReader.read(Array(" \t\r\n7 ".utf8)) == .integer(7))
        #expect(try JSONReader.read(Array("9223372036854775807".utf8)) == .integer(.max))
        #expect(try JSONReader.read(Array("9223372036854775808".utf8)) == .number(9.223372036854775808e18))
    }

    @Test(arguments: 0..<sample.utf8.count)
    func `a text cut anywhere is refused, not read as something else`(length: Int) {
        #expect(throws: JSONFault.self) { try JSONReader.read(Array(Self.sample.utf8.prefix(length))) }
    }

    /// How many of these texts are JSON, Python's reader has said, which is another's and strict.
    @Test(
        arguments: [
            (0x00, 0), (0x22, 14), (0x2C, 15), (0x5C, 7), (0x7B, 10), (0x7D, 10), (0x5B, 8), (0x80, 0), (0xFF, 0),
        ] as [(UInt8, Int)]
    )
    func `a text with any byte replaced is read where it is JSON, and refused elsewhere`(byte: UInt8, count: Int) {
        let sample = Array(Self.sample.utf8)
        var read = 0
        for index in sample.indices {
            var text = sample
            text[index] = byte
            if (try? JSONReader.read(text)) != nil { read += 1 }
        }
        #expect(read == count)
    }

    @Test(
        arguments: [
            ("", "line 1, column 1: expected a value, but the text ends"),
            ("{\"a\":1,\n \"b\" 2}", "line 2, column 6: expected a colon"),
            ("{\"a\":1,}", "line 1, column 8: expected a key in quotes"),
            ("{a:1}", "line 1, column 2: expected a key in quotes"),
            ("{\"a\":1 \"b\":2}", "line 1, column 8: expected a comma or a closing brace"),
            ("[1,]", "line 1, column 4: expected a value"),
            ("[1 2]", "line 1, column 4: expected a comma or a closing bracket"),
            ("{\"a\":1,\"a\":2}", "line 1, column 8: the key stands twice"),
            ("{\"a\":1,\"\\u0061\":2}", "line 1, column 8: the key stands twice"),
            ("{} {}", "line 1, column 4: expected nothing more"),
            ("nul", "line 1, column 1: expected null"),
            ("NaN", "line 1, column 1: expected a value"),
            ("01", "line 1, column 2: expected nothing more"),
            ("1.", "line 1, column 3: expected a digit"),
            ("-", "line 1, column 2: expected a digit"),
            ("+1", "line 1, column 1: expected a value"),
            ("\"\\x\"", "line 1, column 2: no such escape"),
            ("\"\\ud800\"", "line 1, column 2: half a surrogate pair"),
            ("\"\\ud800\\u0041\"", "line 1, column 2: half a surrogate pair"),
            ("\"\\udc00\"", "line 1, column 2: half a surrogate pair"),
            ("\"\\u12g4\"", "line 1, column 6: expected four hex digits"),
            ("\"\t\"", "line 1, column 2: a control character in a string is written as an escape"),
            ("\u{FEFF}{}", "line 1, column 1: expected a value"),
        ]
    )
    func `a fault says where and what`(text: String, fault: String) {
        let error = #expect(throws: JSONFault.self) { try JSONReader.read(Array(text.utf8)) }
        #expect(error?.description == fault)
    }

    @Test func `bytes that are not UTF-8 are refused`() {
        #expect(throws: JSONFault.self) { try JSONReader.read([0x22, 0xC3, 0x28, 0x22]) }
        #expect(throws: JSONFault.self) { try JSONReader.read([0x22, 0xED, 0xA0, 0x80, 0x22]) }
    }

    /// Half a mebibyte of them as a key took a processor for minutes, in a dictionary.
    @Test(arguments: [#"{"K":1}"#, #"{"a":"K"}"#, #"["x","K"]"#])
    func `more marks in a row than any language has are refused, written or escaped`(text: String) throws {
        for pair in ["\u{301}\u{316}", #"\u0301\u0316"#] {
            func bytes(_ count: Int) -> [UInt8] {
                Array(text.replacing("K", with: "e" + String(repeating: pair, count: count)).utf8)
            }
            _ = try JSONReader.read(bytes(15))
            let fault = #expect(throws: JSONFault.self) { try JSONReader.read(bytes(16)) }
            #expect(fault?.reason == "more than 30 combining marks in a row")
            #expect(throws: JSONFault.self) { try JSONReader.read(bytes(100_000)) }
        }
    }

    @Test func `64 levels are read, 65 are not, and a million do not end the process`() throws {
        func nested(_ depth: Int) -> [UInt8] {
            [UInt8](repeating: 0x5B, count: depth) + [UInt8](repeating: 0x5D, count: depth)
        }
        _ = try JSONReader.read(nested(64))
        #expect(throws: JSONFault.self) { try JSONReader.read(nested(65)) }
        #expect(throws: JSONFault.self) { try JSONReader.read(nested(1_000_000)) }
    }
}
