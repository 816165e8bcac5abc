// Payloads from and to JSON: a wrong field is named in the words that reach the client, and what is not JSON is called so.

import Testing

@testable import Bus

@Suite struct PayloadCodingTests {
    struct Colour: Codable, Sendable {
        let name: String

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            name = try container.decode(String.self)
            guard name == "red" else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "must be red")
            }
        }
    }

    struct Inner: Codable, Sendable { let deep: Int }

    struct Everything: Codable, Sendable {
        var text: String?
        var count: Int?
        var small: UInt8?
        var flag: Bool?
        var ratio: Double?
        var list: [Int]?
        var map: [String: Int]?
        var inner: Inner?
        var inners: [Inner]?
        var colour: Colour?
    }

    struct Required: Codable, Sendable { let text: String }

    static func failure<Value: Decodable>(_ type: Value.Type, _ json: String) -> Failure? {
        do throws(Failure) {
            _ = try PayloadCoding.decode(type, from: Array(json.utf8)[...])
            return nil
        } catch { return error }
    }

    @Test(arguments: [
        (#"{"text":7}"#, "text", "must be a string"),
        (#"{"count":"7"}"#, "count", "must be an integer"),
        (#"{"count":true}"#, "count", "must be an integer"),
        (#"{"flag":1}"#, "flag", "must be true or false"),
        (#"{"ratio":"x"}"#, "ratio", "must be a number"),
        (#"{"list":7}"#, "list", "must be a list"),
        (#"{"list":[1,"x"]}"#, "list.1", "must be an integer"),
        (#"{"map":7}"#, "map", "must be an object"),
        (#"{"map":{"a":"x"}}"#, "map.a", "must be an integer"),
        (#"{"inner":[]}"#, "inner", "must be an object"),
        (#"{"inner":{}}"#, "inner.deep", "is required"),
        (#"{"inner":{"deep":null}}"#, "inner.deep", "must not be null"),
        (#"{"inners":[{"deep":1},{}]}"#, "inners.1.deep", "is required"),
        (#"{"colour":"blue"}"#, "colour", "must be red"),
        (#"[]"#, "body", "must be an object"),
    ])
    func `a wrong field is named with what is wrong`(json: String, field: String, problem: String) {
        let failure = Self.failure(Everything.self, json)
        #expect(failure?.code == .invalidRequest)
        #expect(failure?.fields == [.init(field, problem)])
        #expect(failure?.detail == "\(field) \(problem)")
    }

    @Test func `a field that must be there is required`() {
        #expect(Self.failure(Required.self, "{}")?.fields == [.init("text", "is required")])
        #expect(Self.failure(Required.self, #"{"text":null}"#)?.fields == [.init("text", "must not be null")])
    }

    @Test(arguments: ["", "{", #"{"text":"#, "not json", "{}{}", #"{"text":"\#u{FF}"#])
    func `what is not JSON is called so`(json: String) {
        #expect(Self.failure(Everything.self, json) == Failure(.invalidRequest, "The body is not valid JSON."))
    }

    @Test(arguments: [#"{"count":1.5}"#, #"{"small":300}"#, #"{"small":-1}"#, #"{"list":[1,2.5]}"#])
    func `a number that does not fit is not called broken JSON`(json: String) {
        let detail = "A number in the body is out of range, or has a fraction where an integer belongs."
        #expect(Self.failure(Everything.self, json) == Failure(.invalidRequest, detail))
    }

    @Test func `bytes that are not text are not JSON`() {
        let failure = #expect(throws: Failure.self) {
            try PayloadCoding.decode(Required.self, from: [0x7B, 0xFF, 0x7D])
        }
        #expect(failure == Failure(.invalidRequest, "The body is not valid JSON."))
    }

    @Test(arguments: ["", "{}", "anything"])
    func `nothing is asked of an operation without input`(json: String) {
        #expect(Self.failure(Empty.self, json) == nil)
    }

    @Test func `an operation without output answers no bytes`() throws {
        #expect(try PayloadCoding.encode(Empty()) == [])
    }

    @Test func `raw bytes pass through as they are`() throws {
        let raw = RawPayload([0, 255, 1])
        #expect(try PayloadCoding.encode(raw) == raw.bytes)
        #expect(try PayloadCoding.decode(RawPayload.self, from: raw.bytes[...]) == raw)
    }

    @Test func `keys are sorted and slashes are as they are`() throws {
        struct Value: Codable { let b: String, a: Int }
        #expect(
            String(decoding: try PayloadCoding.encode(Value(b: "x/y", a: 1)), as: UTF8.self) == #"{"a":1,"b":"x/y"}"#
        )
    }
}
