// The ecosystem with its stores on a real PostgreSQL server: everything that a user does, and nothing that was answered lost when the server is killed.

import Bus
import Contracts
import DatabaseServer
import Ecosystem
import EcosystemTesting
import Foundation
import HTTPClient
import Synchronization
import Testing

@Suite(.tags(.integration), .witnessed, .timeLimit(.minutes(4))) struct DatabaseTests {
    private final class Answered: Sendable {
        private let ids = Mutex<Set<Int>>([])

        var all: Set<Int> { ids.withLock { $0 } }

        func note(_ id: Int) { _ = ids.withLock { $0.insert(id) } }
    }

    private static func topology(on server: DatabaseServer) -> String {
        TestTopology.inProcess + """

            \(server.stores)
              settle_timeout: 30s
            """
    }

    @Test func `accounts, second factors, elements and searches are as they are on SQLite`() async throws {
        let server = try DatabaseServer()
        defer { withExtendedLifetime(server) {} }
        let yaml = Self.topology(on: server)
        try await TestEcosystem.run(yaml: yaml) { ecosystem in
            let user = try await ecosystem.loggedIn(as: "keeper")
            try (try await user.post("/2fa/auth/enroll", [:])).require(201)
            for id in 1...3 {
                let element: JSONValue = ["elementType": "script", "elementId": .integer(id), "comment": "kept"]
                try (try await user.post("/service_a/sequence", element)).require(201)
            }
            while try await user.post("/typesense_client/search", ["q": "kept", "query_by": "comment"])["found"].integer
                != 3
            {}
        }
    }

    /// Who gets no answer, or one that says that nobody knows, asks again under the same key.
    @Test func `a server that is killed twice loses nothing that was answered, and nothing is done twice`() async throws
    {
        let server = try DatabaseServer()
        let answered = Answered()
        try await TestEcosystem.run(yaml: Self.topology(on: server)) { ecosystem in
            let user = try await ecosystem.loggedIn()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<4 {
                    group.addTask {
                        for id in (writer * 50 + 1)...(writer * 50 + 50) { try await Self.create(id, user, answered) }
                    }
                }
                group.addTask {
                    for part in 1...2 {
                        while answered.all.count < part * 60 {
                            try Task.checkCancellation()
                            await Task.yield()
                        }
                        try server.stop()
                        try server.start()
                    }
                }
                try await group.waitForAll()
            }
            var numbers: [Int] = []
            for id in 1...200 {
                let number = try await user.get("/service_a/sequence/action/\(id)")["sequenceNumber"].integer
                numbers.append(try #require(number))
            }
            #expect(answered.all == Set(1...200))
            #expect(numbers.sorted() == Array(1...200))
            let subscription = try await ecosystem.bus.subscribe(SequenceOperations.changed, from: .offset(1))
            var offsets: [UInt64] = []
            while offsets.count < 200, let events = try await subscription.next() { offsets += events.map(\.offset) }
            await subscription.close()
            #expect(offsets == Array(1...200))
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
                try #require(answer.map { $0.status >= 500 || $0.status == 401 } ?? true, "\(answer?.text ?? "")")
                continue
            }
            return answered.note(id)
        }
    }
}
