// Following a topic at the edge of a whole ecosystem, with the client that everybody has: curl.

import Bus
import Ecosystem
import EcosystemTesting
import Foundation
import HTTPClient
import Testing

@Suite(.tags(.endToEnd), .witnessed, .timeLimit(.minutes(3))) struct EventsTests {
    /// `curl -N` on `/events`; it is gone with the last reference.
    private func follow(_ edge: EdgeClient, in directory: TemporaryDirectory, after id: String? = nil) throws
        -> ChildProcess
    {
        let target = edge.origin + "/events?topic=sequence.changed" + (id == nil ? "&from=earliest" : "")
        let fields = ["Authorization: Bearer \(edge.token ?? "")"] + (id.map { ["Last-Event-ID: \($0)"] } ?? [])
        return try ChildProcess(
            ["curl", "-sN", target] + fields.flatMap { ["-H", $0] },
            log: "\(directory.path)/curl.log"
        )
    }

    /// The ids and the elements of so many events.
    private func events(_ count: Int, of curl: ChildProcess) async throws -> [(id: String, element: Int?)] {
        var events: [(id: String, element: Int?)] = []
        while events.count < count {
            let lines = try await curl.lines(upTo: "data: ")
            let id = lines.last { $0.hasPrefix("id: ") }.map { String($0.dropFirst(4)) }
            let text = String(try #require(lines.last).dropFirst("data: ".count))
            let data = try JSONDecoder().decode(Element.self, from: Data(text.utf8))
            events.append((try #require(id), data.elementId))
        }
        return events
    }

    private struct Element: Decodable { let elementId: Int? }

    private func create(_ numbers: ClosedRange<Int>, _ edge: EdgeClient) async throws {
        for number in numbers {
            let body: JSONValue = ["elementType": "script", "elementId": .integer(number), "comment": "to be"]
            try (try await edge.post("/service_a/sequence", body)).require(201)
        }
    }

    @Test func `a client goes on behind its last event after everything was killed and started again`() async throws {
        let directory = try TemporaryDirectory()
        let fountain = try await RunningFountain(in: directory)
        let user = try await fountain.loggedIn()
        try await create(1...3, user)
        let before = try await events(2, of: try follow(user, in: directory))
        #expect(before.map(\.element) == [1, 2])
        fountain.process.send(.kill)
        _ = await fountain.process.exitCode()
        let again = try await RunningFountain(in: directory)
        let userAgain = try await again.loggedIn()
        let curl = try follow(userAgain, in: directory, after: before[1].id)
        try await create(4...6, userAgain)
        let rest = try await events(4, of: curl)
        #expect(rest.map(\.element) == [3, 4, 5, 6])
        let offsets = (before + rest).map { $0.id.split(separator: ":").last.flatMap { Int($0) } }
        #expect(offsets == [1, 2, 3, 4, 5, 6] && Set((before + rest).map { $0.id.prefix { $0 != ":" } }).count == 1)
    }

    @Test func `the end of the gateway is told, and curl ends with 0`() async throws {
        let directory = try TemporaryDirectory()
        let fountain = try await RunningFountain(in: directory)
        let user = try await fountain.loggedIn()
        try await create(1...1, user)
        let curl = try follow(user, in: directory)
        _ = try await events(1, of: curl)
        fountain.process.send(.terminate)
        #expect(try await curl.lines(upTo: "data: ").contains("event: end"))
        #expect(await curl.exitCode() == 0)
        #expect(await fountain.process.exitCode() == 0)
    }

    @Test func `over tcp with keys the gateway may pass on what the topology lets it`() async throws {
        let ecosystem = try await ComposedEcosystem()
        let made = try await ecosystem.run(["admin", "bootstrap"], on: "kms")
        let account: JSONValue = [
            "username": "ada", "password": "correct horse battery", "roles": "admin",
            "admin_token": .string(made.output),
        ]
        try (try await ecosystem.edge.post("/kms/register", account)).require(201)
        let user = try await ecosystem.edge.loggedIn(as: "ada")
        try await create(1...2, user)
        let directory = try TemporaryDirectory()
        #expect(try await events(2, of: try follow(user, in: directory)).map(\.element) == [1, 2])
    }
}
