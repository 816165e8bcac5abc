// The real program under what `ServiceProcess` does to it.

import Bus
import Ecosystem
import EcosystemTesting
import Foundation
import Testing

@Suite(.tags(.endToEnd), .witnessed, .timeLimit(.minutes(2))) struct ProcessFaultTests {
    private static let list = "/service_a/sequence?elementType=script"

    private static func create(_ number: Int, by user: EdgeClient) async throws -> Int {
        let element: JSONValue = ["elementType": "script", "elementId": .integer(number), "comment": "x"]
        return try await user.post("/service_a/sequence", element).status
    }

    @Test func `its clock jumps: a token is over, good again when it jumps back, and the log goes on`() async throws {
        let directory = try TemporaryDirectory()
        let fountain = try await RunningFountain(in: directory, faults: [])
        let ada = try await fountain.loggedIn()
        #expect(try await ada.get(Self.list).status == 200)
        let ahead = Date(timeIntervalSinceNow: 3 * 86_400).ISO8601Format().prefix(10)
        try fountain.process.suffer([.clock(jump: 3 * 86_400)])
        #expect(try await ada.get(Self.list).status == 401)
        let again = try await fountain.edge.post(
            "/kms/login",
            ["username": "ada", "password": "correct horse battery"]
        )
        #expect(again.status == 200)
        while !fountain.process.complaints.contains("{\"time\":\"\(ahead)") {
            try Task.checkCancellation()
            await Task.yield()
        }
        try fountain.process.suffer([])
        #expect(try await ada.get(Self.list).status == 200)
    }

    @Test func `on a disk that is full at times, what was answered is there, and the rest was refused`() async throws {
        let directory = try TemporaryDirectory()
        let fountain = try await RunningFountain(in: directory, faults: [], seed: 7)
        let ada = try await fountain.loggedIn()
        try fountain.process.suffer([.disk(full: 0.1)])
        var answers: [Int: Int] = [:]
        for number in 1...100 { answers[number] = try await Self.create(number, by: ada) }
        try fountain.process.suffer([])
        let tally = try #require(fountain.process.tally)
        #expect(tally.refusedWrites > 0 && tally.writes > tally.refusedWrites)
        let there = try await ada.get(Self.list)["elements"].items.compactMap { $0["elementId"].integer }
        #expect(Set(there) == Set(answers.filter { $0.value == 201 }.keys))
        #expect(answers.values.contains { $0 >= 500 } && there.count == Set(there).count)
        #expect(try await Self.create(101, by: ada) == 201)
    }
}
