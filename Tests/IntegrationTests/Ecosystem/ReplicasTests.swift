// Every service twice, on one PostgreSQL server: two of a service are one to whoever calls it, also when one of them is killed.

import Bus
import Contracts
import DatabaseServer
import Ecosystem
import EcosystemTesting
import Foundation
import HTTPClient
import Synchronization
import Testing
import TwoFactor

@Suite(.tags(.integration), .witnessed, .timeLimit(.minutes(4))) struct ReplicasTests {
    private static let stateful = ["service_a", "kms", "2fa", "typesense_client"]

    /// What was answered, by id.
    private final class Answered: Sendable {
        private let numbers = Mutex<[Int: Int]>([:])

        var all: [Int: Int] { numbers.withLock { $0 } }

        func note(_ id: Int, _ number: Int) { numbers.withLock { $0[id] = number } }
    }

    private static func run(_ body: @Sendable @escaping (TestEcosystem) async throws -> Void) async throws {
        let server = try DatabaseServer()
        defer { withExtendedLifetime(server) {} }
        let twice = TestTopology.inProcess.replacing("{port: 0}", with: "{port: 0, replicas: [{}, {}]}")
        try await TestEcosystem.run(yaml: "\(twice)\n\(server.stores)", body)
    }

    /// A peer for each replica of a service, which knows no other.
    private static func atEach<Value: Sendable>(
        of service: String,
        in ecosystem: TestEcosystem,
        _ body: ([Node]) async throws -> Value
    ) async throws -> Value {
        let bus = ecosystem.bus
        let nodes = try (bus.configuration.directory[service] ?? []).map { try bus.looking(at: $0, of: service) }
        let result: Result<Value, any Error>
        do { result = .success(try await body(nodes)) } catch { result = .failure(error) }
        for node in nodes { await node.shutDown() }
        return try result.get()
    }

    /// What so many calls of one kind, in turn at each replica and all at once, were answered.
    private static func atOnce(
        _ count: Int,
        _ operation: String,
        _ nodes: [Node],
        as principal: Principal? = nil,
        key: String? = nil,
        _ input: @escaping @Sendable (Int) -> JSONValue
    ) async -> (answers: [JSONValue], refusals: [ErrorCode]) {
        await withTaskGroup(of: Result<JSONValue, Failure>.self) { group in
            for number in 0..<count {
                group.addTask {
                    do {
                        let reply = try await nodes[number % nodes.count].call(
                            operation,
                            payload: [UInt8](try JSONEncoder().encode(input(number))),
                            as: principal,
                            idempotencyKey: key,
                            timeout: .seconds(60)
                        )
                        return .success(try JSONDecoder().decode(JSONValue.self, from: Data(reply)))
                    } catch { return .failure(error as? Failure ?? Failure(.internalError, "\(error)")) }
                }
            }
            var (answers, refusals): ([JSONValue], [ErrorCode]) = ([], [])
            for await outcome in group {
                switch outcome {
                case .success(let answer): answers.append(answer)
                case .failure(let failure): refusals.append(failure.code)
                }
            }
            return (answers, refusals)
        }
    }

    @Test func `each is there by itself, and all that one does is known to the other`() async throws {
        try await Self.run { ecosystem in
            let answers = try await RollCall(ecosystem.ecosystem.topology).ask(nil, by: ecosystem.bus)
            let names = Self.stateful.flatMap { [$0, "\($0)-2"] }
            #expect(answers.filter { names.contains($0.name) && $0.isThere }.count == 8, "\(answers)")
            #expect(Set(answers.map(\.remark)).count == answers.count)
            let user = try await ecosystem.loggedIn()
            for id in 1...10 {
                let element: JSONValue = ["elementType": "script", "elementId": .integer(id), "comment": "kept"]
                try (try await user.post("/service_a/sequence", element)).require(201)
            }
            try await Self.atEach(of: "typesense_client", in: ecosystem) { nodes in
                let reader = Principal(kind: .user, subject: "ada", roles: ["user"])
                for node in nodes {
                    var found: Int? = 0
                    while found != 10 {
                        try Task.checkCancellation()
                        let outcome = await Self.atOnce(1, SearchOperations.search.name, [node], as: reader) { _ in
                            ["q": "kept", "query_by": "comment"]
                        }
                        found = outcome.answers.first?["found"].integer
                    }
                }
            }
        }
    }

    /// One of each at a time, while four clients write; who hears nothing asks again under his key.
    @Test func `one of each is killed under load: nothing answered is lost, numbers and offsets are whole`()
        async throws
    {
        try await Self.run { ecosystem in
            let (user, answered) = (try await ecosystem.loggedIn(), Answered())
            let subscription = try await ecosystem.bus.subscribe(SequenceOperations.changed, from: .offset(1))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<4 {
                    group.addTask {
                        for id in (writer * 100 + 1)...(writer * 100 + 100) {
                            try await Self.create(id, user, answered)
                        }
                    }
                }
                group.addTask {
                    for (index, service) in Self.stateful.enumerated() {
                        while answered.all.count < (index + 1) * 60 {
                            try Task.checkCancellation()
                            await Task.yield()
                        }
                        try await ecosystem.kill(service, replica: index % 2 + 1)
                    }
                }
                try await group.waitForAll()
            }
            #expect(Set(answered.all.keys) == Set(1...400))
            #expect(answered.all.values.sorted() == Array(1...400))
            var offsets: [UInt64] = []
            while offsets.count < 400, let events = try await subscription.next() { offsets += events.map(\.offset) }
            await subscription.close()
            #expect(offsets == Array(1...400))
        }
    }

    private static func create(_ id: Int, _ user: EdgeClient, _ answered: Answered) async throws {
        let body = Array(#"{"elementType":"action","elementId":\#(id),"comment":"x"}"#.utf8)
        while true {
            let answer = try? await user.send(
                .post,
                "/service_a/sequence",
                body,
                headers: [("Idempotency-Key", "create-\(id)")]
            )
            guard let answer, answer.status == 201 else {
                try #require(answer.map { $0.status >= 500 } ?? true, "\(answer?.text ?? "")")
                continue
            }
            return answered.note(id, try #require(answer["sequenceNumber"].integer))
        }
    }

    @Test func `of many first admins at both replicas there is one`() async throws {
        try await Self.run { ecosystem in
            let outcome = try await Self.atEach(of: "kms", in: ecosystem) { nodes in
                await Self.atOnce(12, KMS.register.name, nodes) {
                    ["username": .string("root\($0)"), "password": "secure123", "roles": "admin"]
                }
            }
            #expect(outcome.answers.count == 1 && outcome.refusals.count == 11, "\(outcome)")
        }
    }

    @Test func `a key that is under way at both replicas has one effect`() async throws {
        try await Self.run { ecosystem in
            let outcome = try await Self.atEach(of: "service_a", in: ecosystem) { nodes in
                let writer = Principal(kind: .user, subject: "ada", roles: ["user"])
                return await Self.atOnce(20, SequenceOperations.create.name, nodes, as: writer, key: "once") { _ in
                    ["elementType": "script", "elementId": 7, "comment": "x"]
                }
            }
            #expect(
                outcome.answers.map { $0["sequenceNumber"].integer } == Array(repeating: 1, count: 20),
                "\(outcome)"
            )
        }
    }

    @Test func `a code that is shown to both replicas counts once`() async throws {
        try await Self.run { ecosystem in
            let caller = Caller(ecosystem: ecosystem, transport: .http)
            let ada = try await Victim(at: caller).enrolled()
            let (code, principal) = (ada.code(), try Principal(unverified: try #require(ada.caller.token)))
            let outcome = try await Self.atEach(of: "2fa", in: ecosystem) { nodes in
                await Self.atOnce(4, TwoFactorOperations.verify.name, nodes, as: principal) { _ in
                    ["otp_code": .string(code)]
                }
            }
            #expect(outcome.answers.count == 1, "\(outcome)")
        }
    }

    @Test func `a refresh token that is spent at both replicas has one successor`() async throws {
        try await Self.run { ecosystem in
            let ada = try await Victim("ada", at: Caller(ecosystem: ecosystem, transport: .http))
            let outcome = try await Self.atEach(of: "kms", in: ecosystem) { nodes in
                await Self.atOnce(10, KMS.refresh.name, nodes) { _ in
                    ["refresh_token": .string(ada.refreshToken)]
                }
            }
            #expect(Set(outcome.answers.compactMap { $0["refresh_token"].string }).count == 1, "\(outcome)")
        }
    }

    /// There are no leases here: each gateway asks, and either replica reads what is committed.
    @Test func `a key that was deleted at one replica is refused by the other at once`() async throws {
        try await Self.run { ecosystem in
            let root = try await Victim("root", roles: "admin", at: Caller(ecosystem: ecosystem, transport: .http))
            for round in 0..<10 {
                let name: JSONValue = ["service_name": .string("job\(round)")]
                let made = try await root.caller.call(KMS.createKey, name)
                let key = try #require(made["api_key"].string, "\(made)")
                // Both have seen it good: what one remembered of that would be wrong a moment later.
                let before = try await Self.atEach(of: "kms", in: ecosystem) { nodes in
                    await Self.atOnce(4, KMS.verifyKey.name, nodes) { _ in ["api_key": .string(key)] }
                }
                #expect(before.answers.filter { $0["active"] == .bool(true) }.count == 4, "\(before)")
                try await root.caller.call(KMS.deleteKey, name).requireOK()
                let after = try await Self.atEach(of: "kms", in: ecosystem) { nodes in
                    await Self.atOnce(8, KMS.verifyKey.name, nodes) { _ in ["api_key": .string(key)] }
                }
                #expect(after.answers.filter { $0["active"] == .bool(false) }.count == 8, "\(after)")
            }
        }
    }
}
