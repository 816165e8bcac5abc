// JSON lines as the input of an operation: a line is an element, byte for byte, a wrong one becomes its reason. And who gets lines back.

import Bus
import Testing

@testable import Gateway

@Suite struct LinesInputTests {
    private let input: LinesInput

    init() {
        var items = JSONSchema(.object)
        items.required = ["a"]
        items.properties = ["a": .integer(1...9)]
        var list = JSONSchema.array(of: items)
        list.maxItems = 3
        var schema = JSONSchema(.object)
        schema.required = ["list"]
        schema.properties = ["list": list, "atomic": JSONSchema(.boolean)]
        schema.additionalProperties = false
        input = LinesInput(LineMembers(input: "list", output: "results"), of: schema)
    }

    private func object(_ body: String, members: String = "") throws -> String {
        String(decoding: try input.object(Array(body.utf8), members: Array(members.utf8)[...]), as: UTF8.self)
    }

    @Test(arguments: [
        "{\"a\":1}\n{\"a\":2}\n", "{\"a\":1}\n{\"a\":2}", "{\"a\":1}\r\n{\"a\":2}\r\n",
        "{\"a\":1}\n{\"a\":2}\n\n \n\r\n",
    ])
    func `a line is an element, whatever ends it`(body: String) throws {
        #expect(try object(body) == #"{"list":[{"a":1},{"a":2}]}"#)
    }

    @Test func `a line's bytes stay as they are, and other members stand behind`() throws {
        #expect(try object(" {\"a\" : 1 }", members: #""atomic":true"#) == #"{"list":[ {"a" : 1 }],"atomic":true}"#)
    }

    @Test(
        arguments: [
            ("{\"a\":", "is not valid JSON at column 6: "), ("", "is empty"), ("{\"b\":1}", "a is required"),
            ("{\"a\":10}", "a must be at most 9"), ("5", "must be an object"), ("{\"a\":1}{\"a\":1}", "column 8"),
            ("{\"a\":1,\"a\":2}", "is not valid JSON"), ("\u{FEFF}{\"a\":1}", "column 1"),
        ] as [(String, String)]
    )
    func `a line that is wrong becomes the reason, and the others stay`(line: String, reason: String) throws {
        let text = try object("{\"a\":1}\n\(line)\n{\"a\":3}")
        guard case .object(let members) = try JSONReader.read(Array(text.utf8)),
            case .array(let list) = members["list"],
            list.count == 3, case .string(let told) = list[1]
        else {
            Issue.record("\(text)")
            return
        }
        #expect(told.contains(reason), "\(told)")
        #expect(list[0] == ["a": 1] && list[2] == ["a": 3])
    }

    @Test(arguments: ["", "\n", " \r\n\n", "1\n2\n3\n4"])
    func `a body without lines, or with too many, is refused`(body: String) {
        let failure = #expect(throws: Failure.self) { try object(body) }
        #expect(failure?.code == .invalidRequest && failure?.fields?.first?.field == "body")
    }

    @Test func `the query is held against the rest of the input`() {
        #expect(input.rest.properties?.keys.sorted() == ["atomic"])
        #expect(input.rest.required == [])
    }

    /// As a file is sent in pieces: nothing that is cut may trap.
    @Test func `a body cut anywhere is lines`() throws {
        let whole = Array("{\"a\":1}\r\n{\"a\":\"\u{e9}\\n\"}\n".utf8)
        for length in 1...whole.count { _ = try input.object(Array(whole.prefix(length)), members: []) }
    }

    @Test(
        arguments: [
            (["application/x-ndjson"], "application/x-ndjson"), (["application/jsonl"], "application/jsonl"),
            (["application/json"], nil), ([], nil), (["*/*"], nil), (["application/x-ndjson;q=0"], nil),
            (["application/json, application/jsonl;q=0.5"], nil),
            (["application/jsonl, */*;q=0.1"], "application/jsonl"),
            (["text/html", "APPLICATION/X-NDJSON ; q=0.9"], "application/x-ndjson"),
            (["application/x-ndjson;q=0.5, application/json;q=0.4"], "application/x-ndjson"),
            (["application/*;q=0.9, application/jsonl;q=0.1"], nil), (["application/x-ndjson;q=nan"], nil),
        ] as [([String], String?)]
    )
    func `lines are answered where they are wished for more than JSON`(accept: [String], type: String?) {
        #expect(MediaType.wishedLines(accept) == type)
    }

    @Test func `an answer's elements are its lines`() {
        let body = Array("{\"done\":2,\"results\":[{\"a\":\n1},{\"b\":\"\\n\"}]}".utf8)
        #expect(String(decoding: LinesAnswer.text("results", body), as: UTF8.self) == "{\"a\": 1}\n{\"b\":\"\\n\"}\n")
        #expect(LinesAnswer.text("results", Array("{}".utf8)).isEmpty)
    }
}
