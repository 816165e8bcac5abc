// Many changes as JSON lines over HTTP, and a file loaded in its own order.

import Bus
import Contracts
import Ecosystem
import EcosystemTesting
import Foundation
import HTTPClient
import Testing

@Suite(.tags(.integration), .witnessed, .timeLimit(.minutes(2))) struct LinesTests {
    private let batch = "/service_a/sequence/batch"

    private func send(
        _ user: EdgeClient,
        _ lines: [String],
        query: String = "",
        type: String = "application/x-ndjson",
        _ headers: [(String, String)] = []
    ) async throws -> EdgeClient.Answer {
        let body = Array(lines.joined(separator: "\n").utf8)
        return try await user.post(batch + query, bytes: body, as: type, headers: headers)
    }

    private func creation(_ id: Int, _ type: String = "action") -> String {
        #"{"create":{"elementType":"\#(type)","elementId":\#(id),"comment":"line \#(id)"}}"#
    }

    private func order(_ user: EdgeClient, _ query: String) async throws -> [Int] {
        try await user.get("/service_a/sequence?\(query)&limit=1000")["elements"].items
            .compactMap { $0["elementId"].integer }
    }

    @Test(arguments: ["application/x-ndjson", "application/jsonl", "application/x-ndjson; charset=utf-8"])
    func `a command a line, an answer a command`(type: String) async throws {
        try await TestEcosystem.run { ecosystem in
            let user = try await ecosystem.loggedIn()
            let move = #"{"move":{"elementType":"action","elementId":3,"to":1}}"#
            let answer = try await send(user, (1...3).map { creation($0) } + [move], type: type)
            #expect(answer.status == 200 && answer["done"].integer == 4, "\(answer.text)")
            #expect(answer.header("ETag") == "\"4\"" && answer.header("Fountain-Offset")?.hasSuffix(":4") == true)
            #expect(try await order(user, "elementType=action") == [3, 1, 2])
        }
    }

    @Test func `a bad line is named, and stops the others only where all or none was asked for`() async throws {
        try await TestEcosystem.run { ecosystem in
            let user = try await ecosystem.loggedIn()
            let lines = [creation(1), "{\"create\":", "", "5", #"{"create":{"elementType":"sonnet"}}"#, creation(2)]
            let whole = try await send(user, lines, query: "?atomic=true")
            #expect(whole.status == 400 && whole["detail"].string?.contains("Change 2") == true, "\(whole.text)")
            #expect(whole["detail"].string?.contains("column 11") == true, "\(whole.text)")
            #expect(try await order(user, "elementType=action") == [])
            let each = try await send(user, lines)
            #expect(each.status == 200 && each["done"].integer == 2 && each["refused"].integer == 4, "\(each.text)")
            let refused = each["results"].items.filter { $0["refused"] != .null }
            #expect(refused.map { $0["line"].integer } == [2, 3, 4, 5])
            #expect(refused.allSatisfy { $0["refused"]["code"] == "invalid_request" })
            #expect(refused[0]["refused"]["detail"].string?.contains("column 11") == true)
            #expect(try await order(user, "elementType=action") == [1, 2])
        }
    }

    @Test func `the query says the sequence, and a line may say another`() async throws {
        try await TestEcosystem.run { ecosystem in
            let user = try await ecosystem.loggedIn()
            let other = #"{"create":{"elementType":"action","elementId":1,"comment":"","sequenceName":"macbeth"}}"#
            let answer = try await send(
                user,
                [creation(1), creation(1, "spokenWord"), other],
                query: "?sequenceName=hamlet&atomic=true"
            )
            #expect(answer["done"].integer == 3, "\(answer.text)")
            #expect(try await order(user, "sequenceName=hamlet") == [1, 1])
            #expect(try await order(user, "sequenceName=macbeth") == [1])
            let json = try await user.post(
                batch,
                ["sequenceName": "hamlet", "changes": .array([["delete": ["elementType": "action", "elementId": 1]]])]
            )
            #expect(json["done"].integer == 1, "\(json.text)")
            let emptied = try await user.delete("/service_a/sequence?sequenceName=hamlet")
            #expect(emptied.status == 200 && emptied["deletedElements"].integer == 1, "\(emptied.text)")
            #expect(try await order(user, "sequenceName=hamlet") == [])
            #expect(try await user.delete("/service_a/sequence?sequenceName=hamlet").status == 404)
            #expect(try await user.delete("/service_a/sequence").status == 400)
        }
    }

    @Test func `the answer is lines where they are asked for, and the same again under its key`() async throws {
        try await TestEcosystem.run { ecosystem in
            let user = try await ecosystem.loggedIn()
            let headers = [("Accept", "application/jsonl"), ("Idempotency-Key", "\"k\"")]
            let lines = (1...250).map { creation($0) } + ["{"]
            let first = try await send(user, lines, headers)
            #expect(first.status == 200 && first.header("Content-Type") == "application/jsonl", "\(first.text)")
            let answers = first.text.split(separator: "\n").map { JSONText(Array($0.utf8))?.value ?? .null }
            #expect(answers.compactMap { $0["line"].integer } == Array(1...251))
            #expect(answers[250]["refused"]["code"] == "invalid_request")
            let second = try await send(user, lines, headers)
            #expect(second.body == first.body && second.header("Idempotency-Replayed") == "true")
            let another = try await send(user, Array(lines.dropLast()), headers)
            #expect(another.status == 422, "\(another.text)")
        }
    }

    @Test func `lines have bounds, and belong where they are declared`() async throws {
        try await TestEcosystem.run { ecosystem in
            let user = try await ecosystem.loggedIn()
            let many = try await send(user, Array(repeating: "1", count: 10_001))
            #expect(many.status == 400 && many["errors"][0]["field"] == "body", "\(many.text)")
            let large = try await send(user, [String(repeating: " ", count: 1 << 20) + "1"])
            #expect(large.status == 413, "\(large.text)")
            for body in [[], [""], ["", ""]] {
                let none = try await send(user, body)
                #expect(none.status == 400, "\(none.text)")
            }
            let mistaken = try await send(user, [creation(1)], query: "?changes=1")
            #expect(mistaken.status == 400 && mistaken["errors"][0]["field"] == "changes", "\(mistaken.text)")
            let mode = try await send(user, [creation(1)], query: "?atomic=maybe")
            #expect(mode.status == 400 && mode["errors"][0]["field"] == "atomic", "\(mode.text)")
            let elsewhere = try await user.send(
                .post,
                "/service_a/sequence",
                Array(creation(1).utf8),
                headers: [("Content-Type", "application/x-ndjson")]
            )
            #expect(elsewhere.status == 415)
        }
    }

    @Test func `sixty deletes at once are all answered as done, and a writer beside them as well`() async throws {
        try await TestEcosystem.run { ecosystem in
            let user = try await ecosystem.loggedIn()
            // In portions: a request has ten seconds, also on a full machine.
            for first in stride(from: 1, to: 2_000, by: 500) {
                let part = try await send(user, (first..<first + 500).map { creation($0) })
                #expect(part["done"].integer == 500, "\(part["detail"])")
            }
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for id in 1...60 {
                    group.addTask { try await user.delete("/service_a/sequence/action/\(id)").status }
                }
                for id in 2_001...2_010 {
                    let created = try await send(user, [creation(id)])
                    #expect(created["done"].integer == 1, "\(created.text)")
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses == Array(repeating: 204, count: 60))
            let first = try await user.get("/service_a/sequence?elementType=action&limit=1")
            #expect(first["total"].integer == 1_950 && first["elements"][0]["elementId"].integer == 61)
            #expect(try await order(user, "elementType=action&from=1949") == [2_009, 2_010])
        }
    }

    // MARK: A file

    /// A play of our own: types mixed, so that the order between them shows.
    private static let play: [String] = (1...1_400).map { number in
        let type = number % 20 == 0 ? "section" : number % 3 == 0 ? "action" : "spokenWord"
        return #"{"elementType":"\#(type)","elementId":\#(number),"comment":"line \#(number)"}"#
    }

    @Test(arguments: ["\n", "\r\n"]) func `a file is loaded in its own order`(ending: String) async throws {
        try await TestEcosystem.run { ecosystem in
            let user = try await ecosystem.loggedIn()
            let file = LoadFile(Array(Self.play.joined(separator: ending).utf8), into: "play")
            let report = await OrderedLoad(into: "play") { _ in }.send(file, user)
            #expect(report.created == 1_400 && report.refused.isEmpty, "\(report.lines)")
            var (ids, after): ([Int], String?) = ([], "")
            while let cursor = after {
                let page = try await user.get("/service_a/sequence?sequenceName=play&limit=1000" + cursor)
                ids += page["elements"].items.compactMap { $0["elementId"].integer }
                after = page["next"].string.map { "&after=\($0)" }
            }
            #expect(ids == Array(1...1_400))
        }
    }

    @Test func `what is refused is named by its line, and a second run goes on from the first`() async throws {
        try await TestEcosystem.run { ecosystem in
            let user = try await ecosystem.loggedIn()
            var lines = Array(Self.play.prefix(700))
            lines[9] = "{\"elementType\":"
            lines[599] = lines[0]
            let half = LoadFile(Array(lines.prefix(500).joined(separator: "\n").utf8), into: "play")
            let first = await OrderedLoad(into: "play") { _ in }.send(half, user)
            #expect(first.created == 499 && first.refused.map(\.line) == [10], "\(first.lines)")
            #expect(first.refused[0].reason.contains("column 16"), "\(first.lines)")
            let whole = LoadFile(Array(lines.joined(separator: "\n").utf8), into: "play")
            let second = await OrderedLoad(into: "play") { _ in }.send(whole, user)
            #expect(second.created == 698 && second.known == 499, "\(second.lines)")
            #expect(second.refused.map(\.line) == [10, 600], "\(second.lines)")
            #expect(second.refused[1].reason.contains("already"), "\(second.lines)")
            #expect(try await user.get("/service_a/sequence?sequenceName=play&limit=1")["total"].integer == 698)
        }
    }
}
