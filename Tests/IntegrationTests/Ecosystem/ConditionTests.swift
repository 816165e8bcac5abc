// Two people at one line, over HTTP: tags, conditions, and what a repeated answer says of itself (RFC 9110 §8.8, §13).

import Bus
import Contracts
import Ecosystem
import EcosystemTesting
import HTTPClient
import Testing

@Suite(.tags(.integration), .witnessed, .timeLimit(.minutes(2))) struct ConditionTests {
    private let line = "/service_a/sequence/action/3"

    /// Three actions, and a client.
    private func withActions(_ body: @Sendable (EdgeClient) async throws -> Void) async throws {
        try await TestEcosystem.run { ecosystem in
            let user = try await ecosystem.loggedIn()
            for id in 1...3 { try await create(id, user).require(201) }
            try await body(user)
        }
    }

    @discardableResult  // most creations are only steps on the way
    private func create(_ id: Int, _ user: EdgeClient) async throws -> EdgeClient.Answer {
        try await user.post(
            "/service_a/sequence",
            ["elementType": "action", "elementId": .integer(id), "comment": .string("line \(id)")]
        )
    }

    private func drag(_ user: EdgeClient, to number: Int, _ headers: (String, String)...) async throws
        -> EdgeClient.Answer
    {
        let body = #"{"elementType":"action","elementId":3,"to":\#(number)}"#
        return try await user.send(.post, "/service_a/sequence/move", Array(body.utf8), headers: headers)
    }

    private func read(_ user: EdgeClient, _ path: String, _ headers: (String, String)...) async throws
        -> EdgeClient.Answer
    {
        try await user.send(.get, path, headers: headers)
    }

    @Test func `of two who drag the same line, the second is told, with the revision that is there now`() async throws {
        try await withActions { user in
            let tag = try #require(try await read(user, line).header("ETag"))
            let first = try await drag(user, to: 1, ("If-Match", tag))
            #expect(first.status == 200, "\(first.text)")
            let second = try await drag(user, to: 2, ("If-Match", tag))
            #expect(second.status == 412 && second["code"] == "precondition_failed", "\(second.text)")
            #expect(second["revision"] == first["revision"])
            #expect(second["errors"][0]["field"] == "ifRevision")
            let now = try await read(user, line)
            #expect(now["sequenceNumber"].integer == 1)
            #expect(try await drag(user, to: 2, ("If-Match", now.header("ETag") ?? "")).status == 200)
        }
    }

    @Test func `the tag of a compressed answer is as good in every condition as that of a plain one`() async throws {
        try await withActions { user in
            let (gzip, plain) = (("Accept-Encoding", "gzip, identity;q=0"), try await read(user, line).header("ETag"))
            let answer = try await read(user, line, gzip)
            let tag = try #require(answer.header("ETag"))
            #expect(answer.header("Content-Encoding") == "gzip" && tag == plain.map { $0.dropLast() + "-gzip\"" })
            for known in [tag, plain ?? ""] {
                let again = try await read(user, line, gzip, ("If-None-Match", known))
                #expect(again.status == 304 && again.header("ETag") == known)
                #expect(again.header("Vary") == "Accept-Encoding" && again.header("Content-Encoding") == nil)
                #expect(try await read(user, line, ("If-Match", known)).status == 200)
            }
            #expect(try await drag(user, to: 1, ("If-Match", tag)).status == 200)
            #expect(try await drag(user, to: 2, ("If-Match", tag)).status == 412)
        }
    }

    @Test func `an answer of a change has the tag that the next condition takes`() async throws {
        try await withActions { user in
            let created = try await create(4, user)
            let path = "/service_a/sequence/action/4"
            #expect(created.header("ETag") == (try await read(user, path).header("ETag")))
            #expect(created.header("Fountain-Offset") == created["position"].string)
            #expect(created["position"].string?.hasSuffix(":\(created["revision"].integer ?? 0)") == true)
            let body = Array(#"{"elementType":"action","elementId":4,"comment":"new"}"#.utf8)
            let headers = [("If-Match", created.header("ETag") ?? "")]
            let version = try await user.send(.post, "/service_a/sequence/version", body, headers: headers)
            #expect(version.status == 201, "\(version.text)")
            let stale = try await user.send(.delete, path, headers: headers)
            #expect(stale.status == 412, "\(stale.text)")
            let gone = try await user.send(.delete, path, headers: [("If-Match", version.header("ETag") ?? "")])
            #expect(gone.status == 204 && gone.body.isEmpty && gone.header("Content-Type") == nil)
            #expect(gone.header("Fountain-Offset")?.hasSuffix(":6") == true, "\(gone.header("Fountain-Offset") ?? "")")
        }
    }

    @Test func `a sequence's tag guards reordering and emptying it`() async throws {
        try await withActions { user in
            let list = "/service_a/sequence?elementType=action"
            let tag = try #require(try await read(user, list).header("ETag"))
            try await create(4, user)
            let order = Array(#"{"elementIds":[1,2],"newOrder":[2,1],"elementType":"action"}"#.utf8)
            let path = "/service_a/sequence/reorder"
            #expect(try await user.send(.post, path, order, headers: [("If-Match", tag)]).status == 412)
            let empty = "/service_a/sequence?sequenceName=action"
            #expect(try await user.send(.delete, empty, headers: [("If-Match", tag)]).status == 412)
            let fresh = try #require(try await read(user, list).header("ETag"))
            #expect(try await user.send(.post, path, order, headers: [("If-Match", fresh)]).status == 200)
            let last = try #require(try await read(user, list).header("ETag"))
            let emptied = try await user.send(.delete, empty, headers: [("If-Match", last)])
            #expect(emptied.status == 200 && emptied["deletedElements"].integer == 4, "\(emptied.text)")
            #expect(try await read(user, list)["total"].integer == 0)
        }
    }

    @Test func `what is known is not sent again, and what has another number is`() async throws {
        try await withActions { user in
            let tag = try #require(try await read(user, line).header("ETag"))
            for condition in [tag, "W/\(tag)", "*", "\"x\", \(tag)"] {
                let answer = try await read(user, line, ("If-None-Match", condition))
                #expect(answer.status == 304 && answer.body.isEmpty && answer.header("ETag") == tag, "\(condition)")
            }
            #expect(try await read(user, line, ("If-None-Match", "\"x\"")).status == 200)
            #expect(try await user.delete("/service_a/sequence/action/1").status == 204)
            let shifted = try await read(user, line, ("If-None-Match", tag))
            #expect(shifted.status == 200 && shifted["sequenceNumber"].integer == 2, "\(shifted.status)")
            // The line itself is as it was: whoever has read it may still change it.
            #expect(try await drag(user, to: 1, ("If-Match", tag)).status == 200)
        }
    }

    @Test func `a list is known until its own sequence changes`() async throws {
        try await withActions { user in
            let list = "/service_a/sequence?elementType=action&limit=2"
            let first = try await read(user, list)
            let tag = try #require(first.header("ETag"))
            #expect(first.header("Fountain-Offset") == first["position"].string && first["position"] != .null)
            let other: JSONValue = ["elementType": "script", "elementId": 1, "comment": "elsewhere"]
            try await user.post("/service_a/sequence", other).require(201)
            #expect(try await read(user, list, ("If-None-Match", tag)).status == 304)
            try await create(4, user)
            #expect(try await read(user, list, ("If-None-Match", tag)).status == 200)
            #expect(try await read(user, list, ("If-Match", tag)).status == 412)
        }
    }

    @Test(arguments: ["%@", "\"9999\", %@", "*", "%@, W/\"1\""])
    func `one of several tags is enough`(form: String) async throws {
        try await withActions { user in
            let tag = try #require(try await read(user, line).header("ETag"))
            let condition = form.replacing("%@", with: tag)
            #expect(try await drag(user, to: 1, ("If-Match", condition)).status == 200)
        }
    }

    @Test(arguments: ["\"9999\"", "W/%@", "\"x\"", "\"0%d\"", "\"18446744073709551616\"", "\"9999\", \"9998\", W/%@"])
    func `a tag that is weak, old or not ours is not the present one`(form: String) async throws {
        try await withActions { user in
            let now = try await read(user, line)
            let revision = now["revision"].integer ?? 0
            let tag = now.header("ETag") ?? ""
            let condition = form.replacing("%@", with: tag).replacing("%d", with: "\(revision)")
            let answer = try await drag(user, to: 1, ("If-Match", condition))
            #expect(answer.status == 412 && answer["revision"].integer == revision, "\(answer.text)")
        }
    }

    @Test(arguments: ["17", "\"17", "", "*, \"17\"", "\"1\" \"2\""])
    func `what is no condition is refused by its name`(condition: String) async throws {
        try await withActions { user in
            let change = try await drag(user, to: 1, ("If-Match", condition))
            #expect(change.status == 400 && change["errors"][0]["field"] == "If-Match", "\(change.text)")
            let answer = try await read(user, line, ("If-None-Match", condition))
            #expect(answer.status == 400 && answer["errors"][0]["field"] == "If-None-Match", "\(answer.text)")
        }
    }

    @Test func `one condition may be said twice, two may not`() async throws {
        try await withActions { user in
            let revision = try await read(user, line)["revision"].integer ?? 0
            let body = #"{"elementType":"action","elementId":3,"to":1,"ifRevision":%d}"#
            func send(_ value: String, _ tag: String) async throws -> EdgeClient.Answer {
                let bytes = Array(body.replacing("%d", with: value).utf8)
                return try await user.send(.post, "/service_a/sequence/move", bytes, headers: [("If-Match", tag)])
            }
            for other in ["\(revision + 1)", "null", "[]", "[\(revision),1]"] {
                let answer = try await send(other, "\"\(revision)\"")
                #expect(answer.status == 400 && answer["errors"][0]["field"] == "If-Match", "\(answer.text)")
            }
            let query = "\(line)?ifRevision=\(revision + 1)"
            #expect(try await user.send(.delete, query, headers: [("If-Match", "\"\(revision)\"")]).status == 400)
            #expect(try await send("\(revision)", "\"\(revision)\"").status == 200)
        }
    }

    /// Who sends a condition counts on it.
    @Test func `a change that has no condition refuses one`() async throws {
        try await withActions { user in
            let body = Array(#"{"elementType":"action","elementId":4,"comment":"four"}"#.utf8)
            let answer = try await user.send(.post, "/service_a/sequence", body, headers: [("If-Match", "\"1\"")])
            #expect(answer.status == 400 && answer["errors"][0]["field"] == "If-Match", "\(answer.text)")
        }
    }

    @Test func `the OpenAPI document names the header fields`() async throws {
        try await TestEcosystem.run { ecosystem in
            let document = try await ecosystem.edge.get("/openapi.json")
            let (paths, parameters) = (document["paths"], document["components"]["parameters"])
            let read = paths["/service_a/sequence/{elementType}/{elementId}"]["get"]
            let kept = "#/components/parameters/"
            let named = { (operation: JSONValue) in
                operation["parameters"].items.compactMap { $0["$ref"].string }
                    .compactMap { parameters[String($0.dropFirst(kept.count))]["name"].string }
            }
            let names = named(read)
            #expect(names.contains("If-None-Match") && names.contains("If-Match"))
            #expect(read["responses"]["304"] != .null && read["responses"]["412"] != .null)
            #expect(read["responses"]["200"]["headers"]["ETag"] != .null)
            let move = paths["/service_a/sequence/move"]["post"]
            #expect(named(move).contains("If-Match"))
            let headers = move["responses"]["200"]["headers"]
            for name in ["ETag", "Fountain-Offset", "Idempotency-Replayed"] {
                #expect(headers[name] != .null, "\(name)")
            }
            let key = paths["/kms/keys"]["post"]["responses"]["201"]["headers"]
            #expect(key["Idempotency-Replayed"] != .null && key["ETag"] == .null)
        }
    }

    @Test func `a peer of the bus sees that an answer was given before`() async throws {
        try await TestEcosystem.run { ecosystem in
            let id = try #require(ElementID(1))
            let comment = try #require(Comment("one"))
            let request = CreateElement(elementType: .script, elementId: id, comment: comment)
            let first = try await ecosystem.bus.ask(SequenceOperations.create, request, idempotencyKey: "k")
            let second = try await ecosystem.bus.ask(SequenceOperations.create, request, idempotencyKey: "k")
            #expect(!first.isRepeat && second.isRepeat)
            #expect(first.output == second.output)
        }
    }
}
