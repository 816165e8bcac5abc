// Issue 11, point 9: what is kept as it came, whatever stands around it and whichever coder reads that.

import Foundation
import Testing

@testable import Bus

@Suite struct JSONTextTests {
    struct Letter: Codable, Equatable {
        var id: Int
        var data: JSONText
        var more: [String: [JSONText]]?
    }

    static let texts =
        [
            "null", "0.10", "-0", "1e400", "1E+02", "-9223372036854775809", "1" + String(repeating: "0", count: 3000),
            "5e-324",
            #""\u00e9\/ \ud83d\ude00""#, #"{"b":1,"a":2}"#, #"{ "a" : [ 1 , 2 ],\#n "b": {} }"#,
            #"{"\u00e9":1,"e\u0301":2}"#,
            "{\"\u{E9}\":1,\"e\u{301}\":2,\"\u{212A}\":3,\"K\":4}", #"{"\u0061":1}"#,
            "{" + (0..<40).map { "\"k\($0)\":0.\($0)0" }.joined(separator: ",") + "}",
            String(repeating: "[", count: 60) + "0.10" + String(repeating: "]", count: 60),
        ] + ExtremeNumbers.texts.filter { JSONText(Array($0.utf8)) != nil }

    /// A message around the text: one for our coder, and three that only Foundation's reads.
    private static func letters(_ text: String) -> [String] {
        let many = (0..<20).map { #""x\#($0)":\#($0)"# }.joined(separator: ",")
        return [
            #"{"data":\#(text),"id":7}"#, #"{"d\u0061ta":\#(text),"id":7}"#, #"{\#(many), "data" : \#(text) , "id":7}"#,
            #"{"id":7.0,"data":\#(text)}"#, #"{"data":\#(text),"id":7,"unknown":{"a":1,"a":2}}"#,
        ]
    }

    @Test(arguments: texts) func `it comes back byte for byte`(text: String) throws {
        for letter in Self.letters(text) {
            let read = try PayloadCoding.decode(Letter.self, from: Array(letter.utf8)[...])
            #expect(String(decoding: read.data.bytes, as: UTF8.self) == text, "\(letter)")
            let written = try PayloadCoding.encode(read)
            #expect(String(decoding: written, as: UTF8.self) == #"{"data":\#(text),"id":7}"#)
            #expect(try PayloadCoding.decode(Letter.self, from: written[...]) == read)
        }
    }

    @Test(arguments: texts) func `also in lists and under names, of which it is one of many`(text: String) throws {
        let odd = #"{"id":1.0,"data":0,"more":{"1":[1,\#(text)],"\u0061":[{"a":1},\#(text),2]}}"#
        let read = try PayloadCoding.decode(Letter.self, from: Array(odd.utf8)[...])
        #expect(read.more?["1"]?.last.map { String(decoding: $0.bytes, as: UTF8.self) } == text)
        #expect(read.more?["a"]?[1].bytes == Array(text.utf8))
        #expect(read.more?["a"]?[2].bytes == Array("2".utf8))
    }

    @Test(
        arguments: [
            #"{"a":1,"a":2}"#, #"{"a":1,"\u0061":2}"#, #"[{"b":{"a":1,"a":2}}]"#,
            "{" + (0..<40).map { "\"k\($0 % 39)\":0" }.joined(separator: ",") + "}",
            String(repeating: "[", count: 65) + String(repeating: "]", count: 65), #""\ud800""#, #"{"\ud800":1}"#,
            #""\x""#,
        ]
    )
    func `what readers would disagree about is refused, and named`(text: String) {
        #expect(JSONText(Array(text.utf8)) == nil)
        for letter in Self.letters(text) {
            let failure = #expect(throws: Failure.self) {
                try PayloadCoding.decode(Letter.self, from: Array(letter.utf8)[...])
            }
            #expect(failure?.code == .invalidRequest, "\(letter)")
        }
    }

    @Test(arguments: ["", " ", "{", "1 2", "01", ".5e1", "NaN", "\u{FEFF}1", "'a'", "[1,]", "1e", "-"])
    func `what is no JSON is no text`(text: String) {
        #expect(JSONText(Array(text.utf8)) == nil)
    }

    /// Lists of letters, letters under names, and a list behind many members that nobody asks for: each text is found without going through the
    /// payload again.
    @Test(arguments: ["list", "names", "crowd"]) func `many texts cost what the payload does, also where ours gives up`(
        shape: String
    ) throws {
        let many = 2_000
        let letters = (0..<many).map { #"{"d\u0061ta":0.\#($0)0,"id":\#($0).0}"# }
        let named = letters.enumerated().map { #""k\#($0)":\#($1)"# }.joined(separator: ",")
        let list = "[\(letters.joined(separator: ","))]"
        let payload = [
            "list": #"{"l":\#(list)}"#, "names": #"{"n":{\#(named)}}"#, "crowd": #"{\#(named),"l":\#(list)}"#,
        ]
        let source = JSONSource(Array(try #require(payload[shape]).utf8)[...])
        let read = try PayloadCoding.decoder(of: source).decode(
            Many.self,
            from: Data(try #require(payload[shape]).utf8)
        )
        #expect(read.letters.map(\.id).sorted() == Array(0..<many))
        #expect(read.letters.allSatisfy { String(decoding: $0.data.bytes, as: UTF8.self) == "0.\($0.id)0" })
        #expect(source.steps < 40 * many)
    }

    struct Many: Codable {
        var l: [Letter]?
        var n: [String: Letter]?

        var letters: [Letter] { (l ?? []) + (n?.values.map { $0 } ?? []) }
    }

    @Test func `keys that differ in their normal form alone are two, and the texts are not the same`() throws {
        let (composed, decomposed) = (Array("{\"\u{E9}\":1}".utf8), Array("{\"e\u{301}\":1}".utf8))
        #expect(try #require(JSONText(composed)) != #require(JSONText(decomposed)))
    }

    @Test func `a coder that is not ours keeps the value, if not the text`() throws {
        let letter = Letter(id: 7, data: try #require(JSONText(Array(#"{ "b":[1.50], "a":null}"#.utf8))))
        let written = try JSONEncoder().encode(letter)
        let read = try JSONDecoder().decode(Letter.self, from: written)
        #expect(read.data.value == .object(["b": .array([.number(1.5)]), "a": .null]))
    }
}
