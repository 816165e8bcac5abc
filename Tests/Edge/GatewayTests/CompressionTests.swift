// What is compressed, for whom, and what its tag is then.

import Bus
import HTTPServer
import Testing
import Topology

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct CompressionTests {
    @Test(
        arguments: [
            (nil, .no), ("", .no), ("identity", .no), ("br, zstd", .no), ("gzip;q=0", .no), ("gzip;q=0, *", .no),
            ("*;q=0", .no), ("gzip;q=0.5, identity", .no), ("gzip;q=2", .no), ("gzip;q=x", .no),
            ("gzip", .may), ("GZIP", .may), ("x-gzip", .may), ("*", .may), ("deflate, gzip ; q=0.001", .may),
            ("gzip, identity;q=0.5", .may), ("br;q=1.0, *;q=0.1", .may),
            ("gzip, identity;q=0", .must), ("*, identity;q=0", .must), ("gzip, *;q=0", .must),
        ] as [(String?, AcceptEncoding.Verdict)]
    )
    func `the field says whether an answer may or has to be compressed`(
        field: String?,
        verdict: AcceptEncoding.Verdict
    ) {
        let fields = HTTPFields(field.map { [(name: "Accept-Encoding", value: $0)] } ?? [])
        #expect(AcceptEncoding.gzip(fields) == verdict)
    }

    @Test func `what is read is compressed for who asks, and says what it depends on`() async throws {
        try await TestEdge.run { edge async throws in
            let plain = try await edge.send("GET", "/openapi.json")
            #expect(plain["Content-Encoding"] == nil && plain["Vary"] == "Accept-Encoding")
            for path in ["/openapi.json", "/docs", "/docs.js"] {
                let small = try await edge.send("GET", path, headers: [("Accept-Encoding", "gzip")])
                #expect(small["Content-Encoding"] == "gzip" && small["Vary"] == "Accept-Encoding", "\(path)")
                #expect(small.body.starts(with: [0x1F, 0x8B]) && small.body.count < plain.body.count)
                #expect(small.headers.filter { $0.name == "Content-Length" }.map(\.value) == ["\(small.body.count)"])
            }
            let short = try await edge.send("GET", "/health", headers: [("Accept-Encoding", "gzip")])
            #expect(short["Content-Encoding"] == nil)
            let must = try await edge.send("GET", "/health", headers: [("Accept-Encoding", "gzip, identity;q=0")])
            #expect(must["Content-Encoding"] == "gzip")
        }
    }

    @Test func `what is not read is never compressed: tokens and keys are there`() async throws {
        try await TestEdge.run { edge async throws in
            let long = "{\"bytes\":[\(Array(repeating: "97", count: 3000).joined(separator: ","))]}"
            for field in ["gzip", "gzip, identity;q=0"] {
                let answer = try await edge.send(
                    "POST",
                    "/service_a/raw",
                    headers: [("Accept-Encoding", field)],
                    json: long
                )
                #expect(answer.status == 200 && answer["Content-Encoding"] == nil && answer["Vary"] == nil)
                #expect(answer.body.count > 2000)
            }
        }
    }

    @Test func `the topology can turn it off, and says from where on it is worth it`() async throws {
        let gzip = [("Accept-Encoding", "gzip")]
        try await TestEdge.run(gateway: "compression: {at_once: 0}") { edge async throws in
            let answer = try await edge.send("GET", "/openapi.json", headers: gzip)
            #expect(answer["Content-Encoding"] == nil && answer["Vary"] == nil)
        }
        try await TestEdge.run(gateway: "compression: {from: 1B}") { edge async throws in
            #expect(try await edge.send("GET", "/health", headers: gzip)["Content-Encoding"] == "gzip")
        }
    }

    @Test func `what has no body yet, or none at all, is never compressed, wherever it is worth it from`() async throws
    {
        let compressor = try Self.compressor("{from: 0B}")
        let stream = BodyStream(capacity: 1, patience: .seconds(1))
        var following = HTTPResponse(contentType: "text/event-stream", body: [])
        following.stream = stream
        let empty = HTTPResponse(contentType: "text/plain", body: [])
        for field in ["gzip", "gzip, identity;q=0"] {
            let request = HTTPRequest(method: "GET", path: "/", headers: HTTPFields([("Accept-Encoding", field)]))
            for response in [following, empty, HTTPResponse(status: 304, headers: [("ETag", "\"1\"")])] {
                let answer = await compressor.answer(response, to: request)
                #expect(answer.body.isEmpty && answer.stream === response.stream && answer.status == response.status)
                #expect(!answer.headers.contains { $0.0 == "Content-Encoding" })
                #expect(!answer.headers.contains { $0.1.contains("gzip") })
            }
            // A stream has no body at its beginning, but might.
            following.body = [UInt8](repeating: 0x61, count: 4000)
            #expect(compressor.plain(following, to: request)?.stream === stream)
            following.body = []
        }
    }

    private static func compressor(_ compression: String) throws -> Compressor {
        let yaml = """
            name: edge
            kind: test
            bus: {transport: inproc}
            services: {\(TestEdge.services)}
            gateway: {listen: "127.0.0.1:0", compression: \(compression)}
            kms: {scrypt: {ln: 4, r: 1, p: 1}}
            two_factor: {delivery: sink}
            """
        return Compressor(try Topology.parse(yaml: yaml, file: "edge.yaml", environment: [:]).gateway.compression)
    }

    @Test func `a compressed answer has a tag of its own, of the same state`() throws {
        #expect(EntityTag.compressed("\"17-3\"") == "\"17-3-gzip\"")
        #expect(EntityTag.compressed("W/\"17\"") == "W/\"17-gzip\"")
        guard case .tags(let tags) = try EntityTag.list(["\"17-3-gzip\", \"-gzip\""]) else {
            Issue.record("no tags")
            return
        }
        #expect(tags[0].isSameState(as: EntityTag([17, 3])) && tags[0].revision == 17)
        #expect(tags[0].text == "\"17-3-gzip\"")
        #expect(tags[1].revision == nil)
    }
}
