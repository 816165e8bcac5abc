// The small readers of header values: content types, idempotency keys, base64url.

import Bus
import HTTPServer
import Testing

@testable import Gateway

@Suite struct HeaderValueTests {
    @Test(
        arguments: [
            "application/json", "Application/JSON; charset=utf-8", "application/json;charset=\"UTF-8\"",
            "application/problem+json",
            "application/vnd.x.y+json ; charset=UTF-8",
        ]
    )
    func `JSON in UTF-8 is taken`(type: String) { #expect(MediaType.isJSON(type)) }

    @Test(
        arguments: [
            "", "text/json", "application/jsonp", "application/x-www-form-urlencoded",
            "application/json; charset=latin1",
            "application/+json", "text/plain, application/json", "application/json; boundary=x",
        ]
    )
    func `anything else is not`(type: String) { #expect(!MediaType.isJSON(type)) }

    @Test(
        arguments: [
            ("\"8e03978e\"", "8e03978e"), ("8e03978e", "8e03978e"), ("\"with blank\"", "with blank"),
            ("\"a\\\"b\\\\c\"", "a\"b\\c"),
        ]
    )
    func `an idempotency key is read, quoted or bare`(value: String, key: String) throws {
        #expect(try IdempotencyKey.read(HTTPFields([("idempotency-key", value)])) == key)
    }

    @Test(arguments: [
        "", "\"", "\"\"", "\"a", "a\"b", "a b", "\"a\" x", "\"a\\", "é", String(repeating: "x", count: 256),
    ])
    func `an unfit idempotency key is refused`(value: String) {
        #expect(throws: Failure.self) { try IdempotencyKey.read(HTTPFields([("Idempotency-Key", value)])) }
    }

    @Test func `two idempotency keys are refused, none is none`() throws {
        #expect(throws: Failure.self) {
            try IdempotencyKey.read(HTTPFields([("Idempotency-Key", "a"), ("Idempotency-Key", "a")]))
        }
        #expect(try IdempotencyKey.read(HTTPFields()) == nil)
    }
}
