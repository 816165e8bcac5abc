// Issue 11, point 9: `newVersionData` comes back byte for byte, by every way in and out, and is the same after a restart.

import Bus
import Contracts
import Ecosystem
import EcosystemTesting
import Foundation
import HTTPClient
import Testing

@Suite(.tags(.integration), .witnessed, .timeLimit(.minutes(2))) struct KeptDataTests {
    private static let texts = [
        "0.10", "-9223372036854775809", "-9223372036854775808.0", "1e400", "5e-324",
        "1" + String(repeating: "0", count: 2000),
        #"{"b": 1,  "a":[2 ,3.50]}"#, "{\"\u{E9}\":1,\"e\u{301}\":2}", #"{"\u00e9":1,"e\u0301":2}"#, #""\/\u0041""#,
        "null",
        #"{"n":[[-9223372036854775809],18446744073709551616]}"#,
    ]

    @Test func `data comes back as it came, over HTTP and over the bus`() async throws {
        try await TestEcosystem.run { ecosystem in
            let client = try await ecosystem.loggedIn()
            for (index, text) in Self.texts.enumerated() {
                let id = index + 1
                let create = #"{"elementType":"script","elementId":\#(id),"comment":"x"}"#
                try (try await client.send(.post, "/service_a/sequence", Array(create.utf8))).require(201)
                let version = #"{"elementType":"script","elementId":\#(id),"newVersionData":\#(text),"comment":""}"#
                try (try await client.send(.post, "/service_a/sequence/version", Array(version.utf8))).require(201)
                let again = Array(version.utf8)
                _ = try await ecosystem.bus.call("service_a.sequence.version", payload: again)
                let read = try await client.get("/service_a/sequence/script/\(id)")
                #expect(read.text.contains(#""data":\#(text),"#), "\(read.text)")
                let history = try await client.get("/service_a/sequence/script/\(id)/versions")
                #expect(history.text.components(separatedBy: #""data":\#(text)"#).count == 3, "\(history.text)")
                let reference = ElementReference(elementType: .script, elementId: try #require(ElementID(id)))
                let element = try await ecosystem.bus.call(SequenceOperations.read, reference)
                #expect(element.data?.bytes == (text == "null" ? nil : Array(text.utf8)))
            }
            let list = try await client.get("/service_a/sequence?elementType=script")
            for text in Self.texts { #expect(list.text.contains(#""data":\#(text),"#), "\(text)") }
        }
    }

    @Test func `so does that of a new element, by every way in`() async throws {
        try await TestEcosystem.run { ecosystem in
            let client = try await ecosystem.loggedIn()
            for (index, text) in Self.texts.enumerated() {
                func create(_ way: Int) -> String {
                    #"{"elementType":"action","elementId":\#(index * 10 + way),"comment":"x","newVersionData":\#(text)}"#
                }
                try (try await client.send(.post, "/service_a/sequence", Array(create(1).utf8))).require(201)
                _ = try await ecosystem.bus.call("service_a.sequence", payload: Array(create(2).utf8))
                let lines = Array("{\"create\":\(create(3))}\n".utf8)
                let type = [("Content-Type", "application/x-ndjson")]
                let sent = try await client.send(.post, "/service_a/sequence/batch", lines, headers: type)
                #expect(sent["done"].integer == 1, "\(sent.text)")
                for way in 1...3 {
                    let versions = try await client.get("/service_a/sequence/action/\(index * 10 + way)/versions")
                    #expect(versions.text.components(separatedBy: #""versionNumber":"#).count == 2, "\(versions.text)")
                    #expect(versions.text.contains(#""data":\#(text)"#), "\(versions.text)")
                }
            }
        }
    }

    @Test(arguments: [
        #"{"a":1,"a":2}"#, #"{"a":1,"\u0061":2}"#,
        String(repeating: "[", count: 70) + String(repeating: "]", count: 70),
    ])
    func `a key twice and depth without end are refused, by both ways`(text: String) async throws {
        try await TestEcosystem.run { ecosystem in
            let client = try await ecosystem.loggedIn()
            let version = Array(
                #"{"elementType":"script","elementId":1,"newVersionData":\#(text),"comment":""}"#.utf8
            )
            #expect(try await client.send(.post, "/service_a/sequence/version", version).status == 400)
            #expect(try await client.send(.post, "/service_a/sequence", version).status == 400)
            let failure = await #expect(throws: Failure.self) {
                try await ecosystem.bus.call("service_a.sequence.version", payload: version)
            }
            #expect(failure?.code == .invalidRequest)
        }
    }

    @Test func `an idempotency key stands for these bytes and no others`() async throws {
        try await TestEcosystem.run { ecosystem in
            let client = try await ecosystem.loggedIn()
            let create = #"{"elementType":"script","elementId":1,"comment":"x"}"#
            try (try await client.send(.post, "/service_a/sequence", Array(create.utf8))).require(201)
            func version(_ data: String) async throws -> Int {
                let body = #"{"elementType":"script","elementId":1,"newVersionData":\#(data),"comment":""}"#
                return try await client.send(
                    .post,
                    "/service_a/sequence/version",
                    Array(body.utf8),
                    headers: [("Idempotency-Key", "one")]
                ).status
            }
            #expect(try await version("-9223372036854775809") == 201)
            #expect(try await version("-9223372036854775809") == 201)
            // As a Double they are one number.
            #expect(try await version("-9223372036854775808") == 422)
            #expect(try await version("-9223372036854775810") == 422)
            let history = try await client.get("/service_a/sequence/script/1/versions")
            #expect(history.json["versions"].items.count == 2)
        }
    }
}
