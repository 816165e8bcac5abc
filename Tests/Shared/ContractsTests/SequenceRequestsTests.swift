// What is wrong with a request is said by field, in the words that reach the client.

import Bus
import Contracts
import Testing

@Suite struct SequenceRequestsTests {
    static let badCreates: [(json: String, field: String, problem: String)] = [
        (#"{"elementId":1,"comment":""}"#, "elementType", "is required"),
        (
            #"{"elementType":"scene","elementId":1,"comment":""}"#, "elementType",
            "must be one of script, section, character, action, spokenWord"
        ),
        (#"{"elementType":"script","elementId":0,"comment":""}"#, "elementId", "must be at least 1"),
        (#"{"elementType":"script","elementId":-7,"comment":""}"#, "elementId", "must be at least 1"),
        (
            #"{"elementType":"script","elementId":9007199254740992,"comment":""}"#, "elementId",
            "must be at most 9007199254740991"
        ),
        (#"{"elementType":"script","elementId":"1","comment":""}"#, "elementId", "must be an integer"),
        (#"{"elementType":"script","elementId":1,"comment":7}"#, "comment", "must be a string"),
        (#"{"elementType":"script","elementId":1,"comment":null}"#, "comment", "must not be null"),
        (#"{"elementType":"script","elementId":1,"comment":"a\u0000b"}"#, "comment", "must not contain U+0000"),
    ]

    @Test(arguments: badCreates) func `a bad create names the field and what is wrong`(
        json: String,
        field: String,
        problem: String
    ) {
        let failure = #expect(throws: Failure.self) {
            try PayloadCoding.decode(CreateElement.self, from: Array(json.utf8)[...])
        }
        #expect(failure?.code == .invalidRequest)
        #expect(failure?.fields == [.init(field, problem)])
    }

    @Test func `a comment may have ten thousand code points and no more`() {
        #expect(Comment(String(repeating: "é", count: 10_000)) != nil)
        #expect(Comment(String(repeating: "é", count: 10_001)) == nil)
        let long =
            #"{"elementType":"script","elementId":1,"comment":""# + String(repeating: "x", count: 10_001) + #""}"#
        let failure = #expect(throws: Failure.self) {
            try PayloadCoding.decode(CreateElement.self, from: Array(long.utf8)[...])
        }
        #expect(failure?.fields == [.init("comment", "must have at most 10000 characters")])
    }

    @Test func `a bad id in a list is named by its place`() {
        let json = #"{"elementIds":[1,0],"newOrder":[2,1]}"#
        let failure = #expect(throws: Failure.self) {
            try PayloadCoding.decode(ReorderElements.self, from: Array(json.utf8)[...])
        }
        #expect(failure?.fields?.first?.field == "elementIds.1")
    }

    @Test(arguments: [
        "null", "7", "1.5", "true", #""text""#, "[1,[2]]", #"{"a":{"b":null}}"#, "0.10",
        #"{"b":1, "a":-9223372036854775809}"#,
    ])
    func `version data is any JSON and comes back as it was`(data: String) throws {
        let json = #"{"comment":"","elementId":1,"elementType":"script","newVersionData":\#(data)}"#
        let version = try PayloadCoding.decode(NewVersion.self, from: Array(json.utf8)[...])
        #expect(String(decoding: try PayloadCoding.encode(version), as: UTF8.self) == json)
        let creation = try PayloadCoding.decode(CreateElement.self, from: Array(json.utf8)[...])
        #expect(String(decoding: try PayloadCoding.encode(creation), as: UTF8.self) == json)
    }

    @Test func `the schema of a create says all its rules`() {
        let schema = JSONSchema.derived(from: CreateElement.self)
        #expect(schema.required == ["elementType", "elementId", "comment"])
        #expect(schema.properties?["elementType"]?.allowed == ElementType.allCases.map(\.rawValue))
        #expect(schema.properties?["elementId"]?.minimum == 1)
        #expect(schema.properties?["comment"]?.maxLength == 10_000)
    }
}

// The numbers of issue 11's last table: what one reader takes for a number and another does not.
extension SequenceRequestsTests {
    @Test(
        arguments: [
            ("9007199254740993", "must be at most 9007199254740991"), ("\"1\"", "must be an integer"),
            ("1.5", nil), ("true", "must be an integer"), ("null", "must not be null"),
            ("9223372036854775808", nil), ("1e400", nil),
        ] as [(String, String?)]
    )
    func `an id that is no whole number of 53 bits is refused`(id: String, problem: String?) {
        let json = #"{"elementType":"script","elementId":\#(id),"comment":""}"#
        let failure = #expect(throws: Failure.self) {
            try PayloadCoding.decode(CreateElement.self, from: Array(json.utf8)[...])
        }
        #expect(failure?.code == .invalidRequest)
        // Of a number that no Int holds the coder says that it is none, and not where.
        if let problem { #expect(failure?.fields == [.init("elementId", problem)]) }
    }

    @Test func `a number that is whole however it is written is that number`() throws {
        let json = Array(#"{"elementType":"script","elementId":1e3,"comment":""}"#.utf8)
        #expect(try PayloadCoding.decode(CreateElement.self, from: json[...]).elementId.value == 1_000)
    }

    @Test func `a number that JSON does not have is no request`() {
        let json = Array(#"{"elementType":"script","elementId":01,"comment":""}"#.utf8)
        #expect(throws: (any Error).self) { try PayloadCoding.decode(CreateElement.self, from: json[...]) }
    }
}
