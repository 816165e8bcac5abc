// The scenarios of the Postman collection: folders, requests and scripts as they are written, held against what the steps say.

import Bus
import Testing

@testable import Gateway

@Suite struct PostmanScenarioTests {
    private struct Search: Codable, Sendable {
        let q: String
        let position: String?
    }

    private static let search = Operation<Search, Fake.Thing>(
        "service_a.search",
        "Searches",
        .post("/search"),
        access: .user,
        isIdempotent: true,
        headers: HeaderMembers(reached: "position")
    )

    private static func collection(
        _ steps: [PostmanStep],
        settings: [PostmanScenario.Setting] = [],
        of mounted: [OperationDescription] = [Fake.create.description, Fake.show.description, search.description]
    ) throws -> JSONValue {
        let operations = try mounted.map { try MountedOperation($0, of: "service_a", prefix: "/service_a") }
        let scenarios = [
            PostmanScenario("first", "It is first.", settings: settings, steps), PostmanScenario("second", "", []),
        ]
        return try JSONReader.read(Postman.collection(operations, [], scenarios))
    }

    private static func item(_ step: PostmanStep) throws -> JSONValue {
        try collection([step])["item"][0]["item"][0]["item"][0]
    }

    private static func lines(_ item: JSONValue, _ moment: String) -> [String] {
        let event = item["event"].items.first { $0["listen"].string == moment }
        return event?["script"]["exec"].items.compactMap(\.string) ?? []
    }

    private static func fields(_ item: JSONValue) -> [String: String] {
        let fields = item["request"]["header"].items.map { ($0["key"].string ?? "", $0["value"].string ?? "") }
        return Dictionary(fields) { "\($0), \($1)" }
    }

    @Test func `scenarios are the first folder, each a folder of its steps in their order`() throws {
        let steps = [
            PostmanStep("make it", Fake.create, 201), PostmanStep("see it", Fake.show, 200),
            PostmanStep("make it again", Fake.create, 409),
        ]
        let setting = PostmanScenario.Setting("colour", "red", "Any.")
        let collection = try Self.collection(steps, settings: [setting])
        #expect(collection["item"].items.map { $0["name"] } == ["scenarios", "service_a"])
        let folders = collection["item"][0]["item"]
        #expect(folders.items.map { $0["name"] } == ["first", "second"])
        #expect(folders[0]["description"] == "It is first.")
        #expect(folders[0]["item"].items.map { $0["name"] } == ["make it", "see it", "make it again"])
        let variable: JSONValue = ["key": "colour", "value": "red", "description": "Any."]
        #expect(collection["variable"].items.last == variable)
    }

    @Test func `a scenario one of whose operations is not here is left out`() throws {
        let steps = [PostmanStep("make it", Fake.create, 201), PostmanStep("remove it", Fake.remove, 204)]
        let there = try Self.collection(steps, of: [Fake.create.description, Fake.remove.description])
        #expect(there["item"][0]["item"].items.map { $0["name"] } == ["first", "second"])
        let collection = try Self.collection(steps)
        #expect(collection["item"][0]["item"].items.map { $0["name"] } == ["second"])
    }

    @Test func `what a step gives goes where its operation says; the rest is an example`() throws {
        let made = try Self.item(
            PostmanStep("make", Fake.create, 201, ["note": "{{word}}", "id": .variable("number")])
        )
        #expect(made["request"]["method"] == "POST")
        #expect(made["request"]["url"]["raw"] == "{{origin}}/service_a/things")
        let body = "{\n  \"id\": {{number}},\n  \"kind\": \"script\",\n  \"note\": \"{{word}}\"\n}"
        #expect(made["request"]["body"]["raw"].string == body)
        let shown = try Self.item(PostmanStep("see", Fake.show, 200, ["id": .variable("number"), "note": "x"]))
        let url = shown["request"]["url"]
        #expect(url["variable"].items.map { $0["value"] } == ["script", "{{number}}"])
        #expect(url["query"].items.map { $0["disabled"] } == [.bool(true), .bool(false), .bool(true)])
        #expect(url["query"][1]["value"] == "x" && shown["request"]["body"] == .null)
    }

    @Test func `a position to wait for is a header field, and a request that must not happen twice has a key`() throws {
        let searched = try Self.item(PostmanStep("find", Self.search, 200, ["q": "x", "position": "{{offset}}"]))
        #expect(Self.fields(searched) == ["Content-Type": "application/json", "Fountain-Offset": "{{offset}}"])
        #expect(searched["request"]["body"]["raw"].string == "{\n  \"q\": \"x\"\n}")
        let made = try Self.item(PostmanStep("make", Fake.create, 201))
        #expect(Self.fields(made)["Idempotency-Key"] == "{{$guid}}")
        let again = try Self.item(PostmanStep("make", Fake.create, 201, headers: ["Idempotency-Key": "{{key}}"]))
        #expect(Self.fields(again)["Idempotency-Key"] == "{{key}}")
    }

    @Test func `who asks is the token's user, an API key, or nobody`() throws {
        #expect(try Self.item(PostmanStep("make", Fake.create, 201))["request"]["auth"] == .null)
        #expect(try Self.item(PostmanStep("see", Fake.show, 200))["request"]["auth"]["type"] == "noauth")
        let auth = try Self.item(PostmanStep("make", Fake.create, 201, as: .key("old")))["request"]["auth"]
        #expect(auth["type"] == "apikey")
        #expect(auth["apikey"].items.map { $0["value"] } == ["X-API-Key", "{{old}}", "header"])
    }

    @Test func `its scripts check the answer, and hand on what is kept of a good one`() throws {
        let step = PostmanStep(
            "make",
            Fake.create,
            201,
            before: ["pm.variables.set(\"a\", 1);"],
            keeps: ["number": .body("id"), "tag": .header("ETag")],
            checks: [
                .equal("it is \"it\"", .body("hits[0].id"), "a_{{a}}"), .equal("two", .body("count"), 2),
                .atLeast("some", .body("list.length"), 1), .isText("said", .header("ETag")),
            ]
        )
        let item = try Self.item(step)
        #expect(Self.lines(item, "prerequest") == ["pm.variables.set(\"a\", 1);"])
        #expect(
            Self.lines(item, "test") == [
                #"pm.test("it is 201", () => pm.response.to.have.status(201));"#,
                #"pm.test("it is \"it\"", () => pm.expect(pm.response.json().hits[0].id).to.eql(pm.variables.replaceIn("a_{{a}}")));"#,
                #"pm.test("two", () => pm.expect(pm.response.json().count).to.eql(2));"#,
                #"pm.test("some", () => pm.expect(pm.response.json().list.length).to.be.at.least(1));"#,
                #"pm.test("said", () => pm.expect(pm.response.headers.get("ETag")).to.be.a("string"));"#,
                "if (pm.response.code === 201) {",
                #"  pm.collectionVariables.set("number", pm.response.json().id);"#,
                #"  pm.collectionVariables.set("tag", pm.response.headers.get("ETag"));"#, "}",
            ]
        )
    }
}
