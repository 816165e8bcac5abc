// Issues 9 (row 1) and 11: the ends of every integer width and of Double, in every numeric field of every declared operation, by every way
// in. Every answer is a success or the caller's fault, and afterwards everybody still answers.

import Bus
import Contracts
import Ecosystem
import EcosystemTesting
import Foundation
import HTTPClient
import Testing

@Suite(.tags(.integration), .witnessed, .timeLimit(.minutes(5))) struct ExtremeRequestTests {
    private static let services = ["kms", "2fa", "service_a", "typesense_client"]

    @Test func `no number in any field is more than a refusal, on the bus`() async throws {
        try await TestEcosystem.run { ecosystem in
            let ada = Principal(
                kind: .user,
                subject: "ada",
                roles: ["admin", "user"],
                amr: ["pwd", "otp"],
                authenticatedAt: Int(Date().timeIntervalSince1970)
            )
            var tried = 0
            for service in Self.services {
                for operation in try await ecosystem.bus.call(BusOperations.info, Empty(), on: service).operations {
                    for payload in SampleInput.extremes(of: operation.input) {
                        for principal in [ada, nil] {
                            await expectNoCrash(operation.name, payload, on: service, as: principal, ecosystem)
                        }
                        tried += 1
                    }
                }
            }
            #expect(tried > 500, "the schemas have numeric fields")
            try await expectEverybody(ecosystem)
        }
    }

    @Test func `nor in what every service answers besides`() async throws {
        let requests = [
            ("bus.replay", #"{"topic":"sequence.changed","from":$,"limit":$,"epoch":$}"#),
            ("bus.replay", #"{"topic":"sequence.changed","from":1,"limit":$}"#),
            ("bus.replay", #"{"topic":"sequence.changed","from":$,"limit":1}"#),
            ("bus.consumers.join", #"{"consumer":"c","topic":"sequence.changed","epoch":$,"offset":$}"#),
            ("bus.consumers.join", #"{"consumer":"c","topic":"sequence.changed","offset":$}"#),
            (
                "bus.consumers.acknowledge",
                #"{"consumer":"c","topic":"sequence.changed","epoch":$,"offset":$,"gapsFound":$,"gapsFilled":$}"#
            ),
        ]
        try await TestEcosystem.run { ecosystem in
            for (operation, pattern) in requests {
                for number in SampleInput.numbers {
                    let payload = Array(pattern.replacingOccurrences(of: "$", with: number).utf8)
                    await expectNoCrash(operation, payload, on: "service_a", as: nil, ecosystem)
                }
            }
            try await expectEverybody(ecosystem)
        }
    }

    /// What the gateway says of a caller, and the deadline, are numbers of the wire as well.
    @Test(arguments: [Int.min, .min + 1, -1, 0, 1, .max - 1, .max])
    func `nor in what stands around a request`(number: Int) async throws {
        try await TestEcosystem.run { ecosystem in
            let ada = Principal(
                kind: .user,
                subject: "ada",
                roles: ["admin", "user"],
                amr: ["otp"],
                authenticatedAt: number,
                tokenID: "t"
            )
            for service in Self.services {
                for operation in try await ecosystem.bus.call(BusOperations.info, Empty(), on: service).operations {
                    let payload = SampleInput.plain(of: operation.input)
                    await expectNoCrash(operation.name, payload, on: service, as: ada, ecosystem)
                }
            }
            for deadline in [UInt64(clamping: number), UInt64(bitPattern: Int64(number)), .max, 0] {
                _ = try? await ecosystem.bus.call(
                    "service_a.sequence.list",
                    payload: Array(#"{"elementType":"script"}"#.utf8),
                    deadline: Deadline(microseconds: deadline)
                )
            }
            try await expectEverybody(ecosystem)
        }
    }

    @Test func `nor in a body, a path or a query`() async throws {
        try await TestEcosystem.run { ecosystem in
            let admin = try await ecosystem.loggedIn(roles: "admin")
            let prefixes = [
                "kms": "/kms", "2fa": "/2fa", "service_a": "/service_a", "typesense_client": "/typesense_client",
            ]
            var tried = 0
            for service in Self.services {
                for operation in try await ecosystem.bus.call(BusOperations.info, Empty(), on: service).operations {
                    guard let route = operation.route, let prefix = prefixes[service] else { continue }
                    for request in SampleInput.requests(of: operation.input, route.method, prefix + route.path) {
                        let answer = try await admin.send(
                            try #require(OutboundRequest.Method(rawValue: route.method)),
                            request.target,
                            request.body,
                            headers: [("X-Number", request.number)]
                        )
                        #expect((200..<500).contains(answer.status), "\(route.method) \(request): \(answer.text)")
                        tried += 1
                    }
                }
            }
            #expect(tried > 300)
            try await expectEverybody(ecosystem)
        }
    }

    // One ecosystem for all numbers: eighty at once would be a test of two processors.
    @Test func `nor in a header or a cursor`() async throws {
        let names = [
            "Range", "If-Range", "Content-Range", "Max-Forwards", "Retry-After", "Age", "traceparent",
            "Idempotency-Key",
            "If-Match", "Keep-Alive", "X-API-Key",
        ]
        try await TestEcosystem.run { ecosystem in
            let client = try await ecosystem.loggedIn()
            for number in SampleInput.numbers {
                for value in [number, "bytes=\(number)-", "bytes=-\(number)", "timeout=\(number)"]
                where value.utf8.count < 4000 {
                    for name in names {
                        let answer = try await client.send(
                            .get,
                            "/service_a/sequence?elementType=script",
                            headers: [(name, value)]
                        )
                        #expect((200..<500).contains(answer.status), "\(name): \(value): \(answer.text)")
                    }
                }
            }
            try await expectEverybody(ecosystem)
        }
    }

    @Test(
        arguments: [
            ("9007199254740991", 201), ("9007199254740992", 400), ("9007199254740993", 400), ("1e3", 201),
            ("\"1\"", 400), ("01", 400),
            ("1.0", 201),
            ("1.5", 400), ("0", 400), ("-1", 400), ("9223372036854775807", 400), ("9223372036854775808", 400),
            (".5e1", 400),
            ("1e400", 400), ("null", 400),
        ]
    )
    func `an element's id is the number that was written`(text: String, status: Int) async throws {
        try await TestEcosystem.run { ecosystem in
            let client = try await ecosystem.loggedIn()
            let body = Array(#"{"elementType":"script","elementId":\#(text),"comment":"x"}"#.utf8)
            #expect(try await client.send(.post, "/service_a/sequence", body).status == status)
            guard status == 201, let id = Int(text) ?? Double(text).flatMap(Int.init(exactly:)) else { return }
            let read = try await client.get("/service_a/sequence/script/\(id)")
            #expect(read["elementId"] == .integer(id))
            let neighbour = id == ElementID.range.upperBound ? id - 1 : id + 1
            #expect(try await client.get("/service_a/sequence/script/\(neighbour)").status == 404)
        }
    }

    // MARK: -

    private func expectNoCrash(
        _ operation: String,
        _ payload: [UInt8],
        on service: String,
        as principal: Principal?,
        _ ecosystem: TestEcosystem
    ) async {
        do {
            _ = try await ecosystem.bus.call(operation, payload: payload, on: service, as: principal)
        } catch let failure as Failure {
            let question = "\(operation) \(String(decoding: payload.prefix(200), as: UTF8.self))"
            #expect((400..<500).contains(failure.code.status), "\(question): \(failure)")
        } catch { Issue.record(error) }
    }

    private func expectEverybody(_ ecosystem: TestEcosystem) async throws {
        for service in Self.services {
            #expect(try await ecosystem.bus.call(BusOperations.ping, Empty(), on: service).service == service)
        }
        #expect(try await ecosystem.edge.get("/ready").status == 200)
    }
}
