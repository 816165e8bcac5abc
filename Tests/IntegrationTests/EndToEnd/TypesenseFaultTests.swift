// Searches before a Typesense that is slow, half-open, lagging or torn, over real sockets; and before three of which one is killed.

import Bus
import Ecosystem
import EcosystemTesting
import HTTPClient
import Processes
import Synchronization
import Testing

@Suite(.tags(.endToEnd), .witnessed, .timeLimit(.minutes(3))) struct TypesenseFaultTests {
    /// Who says nothing is given up after a second, and asked again soon; what is lost is not put right by comparing.
    private static let impatient = settings(stall: "1s")
    /// The same where everybody is to be answered: a full machine may well say nothing for a second.
    private static let patient = settings(stall: "8s")

    private static func settings(stall: String) -> String {
        "  stall_timeout: \(stall)\n  node_rest: 200ms\n  check_interval: 500ms\n  verify_interval: 1h"
    }

    private func create(_ ids: ClosedRange<Int>, _ user: EdgeClient) async throws {
        for id in ids {
            let answer = try await user.post(
                "/service_a/sequence",
                ["elementType": "script", "elementId": .integer(id), "comment": .string("line \(id)")]
            )
            try answer.require(201)
        }
    }

    private func search(_ user: EdgeClient) async throws -> EdgeClient.Answer {
        try await user.post("/typesense_client/search", ["q": "line", "query_by": "comment"])
    }

    /// By itself: nobody writes meanwhile. A full machine has its time.
    private func untilFound(_ count: Int, _ user: EdgeClient) async throws {
        let deadline = ContinuousClock.now + .seconds(40)
        while try await search(user)["found"].integer != count {
            try #require(ContinuousClock.now < deadline, "\(count) are not found")
        }
    }

    private func withMoody(
        _ settings: String = impatient,
        _ body: @Sendable (TestEcosystem, MoodyTypesense) async throws -> Void
    ) async throws {
        let directory = try TemporaryDirectory()
        let ports = try FreePorts.take(2)
        let typesense = try await RunningTypesense(in: directory, ports: (ports[0], ports[1]))
        let moody = try await MoodyTypesense(before: typesense, in: directory)
        try await TestEcosystem.run(searching: [moody.url], typesense.keyFile, settings: settings) { ecosystem in
            try await body(ecosystem, moody)
        }
        typesense.send(.kill)
    }

    @Test(arguments: [MoodyTypesense.Mood.silent, .half, .lagging, .torn])
    func `a Typesense that does not answer is noticed within seconds, and nothing is lost`(
        mood: MoodyTypesense.Mood
    ) async throws {
        try await withMoody { ecosystem, moody in
            let admin = try await ecosystem.loggedIn(roles: "admin")
            try await create(1...20, admin)
            try await untilFound(20, admin)
            try moody.become(mood)
            try await create(21...40, admin)
            for _ in 1...5 {
                let began = ContinuousClock.now
                let answer = try await search(admin)
                #expect(answer.status == 503 && answer.header("Retry-After") != nil, "\(answer.text)")
                #expect(began.duration(to: .now) < .seconds(5))
            }
            try moody.become(.well)
            try await untilFound(40, admin)
            let parked = try await admin.get("/typesense_client/documents/parked")
            #expect(parked["parked"].items.isEmpty, "\(parked.text)")
        }
    }

    @Test func `a slow Typesense is waited for`() async throws {
        try await withMoody(Self.patient) { ecosystem, moody in
            let user = try await ecosystem.loggedIn()
            try await create(1...20, user)
            try await untilFound(20, user)
            try moody.become(.slow)
            try await create(21...30, user)
            for _ in 1...5 {
                let began = ContinuousClock.now
                let answer = try await search(user)
                #expect(answer.status == 200 && answer["found"].integer ?? 0 >= 20, "\(answer.text)")
                #expect(began.duration(to: .now) >= .milliseconds(250), "it is slow")
            }
            try await untilFound(30, user)
        }
    }

    @Test func `of three nodes one after the other is killed, and no search fails`() async throws {
        let directory = try TemporaryDirectory()
        let nodes = try await RunningTypesense.cluster(of: 3, in: directory)
        try await TestEcosystem.run(searching: nodes.map(\.url), nodes[0].keyFile, settings: Self.patient) {
            ecosystem in
            let user = try await ecosystem.loggedIn()
            try await create(1...20, user)
            // On each of them, whoever is asked.
            for node in nodes { try await node.until(20, documentsIn: "test_elements") }
            let crowd = Crowd(user)
            async let searches = crowd.search()
            var found = 20
            for node in nodes {
                node.send(.kill)
                try await crowd.untilSearched(20)
                try await create(found + 1...found + 5, user)
                found += 5
                try await untilFound(found, user)
                try await node.killAndRestart()
                for node in nodes { try await node.until(found, documentsIn: "test_elements") }
            }
            crowd.end()
            let answers = try await searches
            #expect(answers.filter { $0 != "200" } == [], "of \(answers.count)")
        }
        for node in nodes { node.send(.kill) }
    }

    /// Two who search without a pause.
    private final class Crowd: Sendable {
        private let user: EdgeClient
        private let isOver = Atomic(false)
        private let searches = Atomic(0)

        init(_ user: EdgeClient) { self.user = user }

        func end() { isOver.store(true, ordering: .relaxed) }

        func untilSearched(_ more: Int) async throws {
            let before = searches.load(ordering: .relaxed)
            while searches.load(ordering: .relaxed) < before + more {
                try Task.checkCancellation()
                await Task.yield()
            }
        }

        /// What each was answered: `200` where all that was there at first is found.
        func search() async throws -> [String] {
            try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 1...2 { group.addTask { try await self.searchAlone() } }
                return try await group.reduce(into: []) { $0 += $1 }
            }
        }

        private func searchAlone() async throws -> [String] {
            var answers: [String] = []
            while !isOver.load(ordering: .relaxed) {
                let answer = try await user.post("/typesense_client/search", ["q": "line", "query_by": "comment"])
                let isWhole = answer["found"].integer ?? 0 >= 20
                answers.append(answer.status == 200 && isWhole ? "200" : "\(answer.status) \(answer.text)")
                searches.add(1, ordering: .relaxed)
            }
            return answers
        }
    }
}
