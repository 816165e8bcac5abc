// What a file says to a service of somebody else's: its form is checked when the file is read, its meaning when the service asks.

import Testing

@testable import Topology

@Suite struct ServiceSettingsTests {
    private static func settings(_ lines: String) throws -> Topology.ServiceSettings {
        let yaml = "name: t\nservices:\n  board:\n    settings:\n\(lines)"
        let topology = try Fixtures.parse(yaml, environment: ["HOME": "/root"])
        return try #require(topology.service("board")).settings
    }

    private enum Colour: String, CaseIterable { case red, green }

    @Test func `each is read as what the service says that it is`() throws {
        let lines = """
                  longest: 500
                  room: 64KiB
                  patience: 30s
                  open: false
                  colour: green
                  folder: ${HOME}/board
                  nothing: ""
            """
        let settings = try Self.settings(lines)
        #expect(try settings.number("longest", in: 1...1000) == 500)
        #expect(try settings.size("room", in: 0...(1 << 20)) == 65_536)
        #expect(try settings.duration("patience", in: .seconds(1) ... .seconds(60)) == .seconds(30))
        #expect(try settings.flag("open") == false)
        #expect(try settings.choice("colour", of: Colour.self) == .green)
        #expect(settings.text("folder") == "/root/board" && settings.text("nothing") == "")
        #expect(try settings.number("other", in: 1...2) == nil && settings.text("other") == nil)
        try settings.finish(asked: ["longest", "room", "patience", "open", "colour", "folder", "nothing", "other"])
    }

    @Test func `what is wrong is told with its line`() throws {
        let settings = try Self.settings("      longest: many\n      colour: gren\n")
        let wrong = #expect(throws: TopologyError.self) { try settings.number("longest", in: 1...1000) }
        #expect(wrong?.description == "t.yaml:5:16: services.board.settings.longest: must be 1–1000, got many")
        let near = #expect(throws: TopologyError.self) { try settings.choice("colour", of: Colour.self) }
        #expect(
            near?.description
                == "t.yaml:6:15: services.board.settings.colour: must be one of red, green, got gren; did you mean `green`?"
        )
    }

    @Test func `what nobody asks for is refused, all of it`() throws {
        let settings = try Self.settings("      longset: 500\n      open: true\n")
        let unknown = #expect(throws: TopologyError.self) { try settings.finish(asked: ["longest"]) }
        #expect(
            unknown?.problems.map(\.message) == [
                "is no setting of this service; did you mean `longest`?",
                "is no setting of this service; known here: longest",
            ]
        )
        let none = #expect(throws: TopologyError.self) { try settings.finish(asked: []) }
        #expect(none?.problems.first?.message == "is no setting of this service; there are none")
    }

    @Test(
        arguments: [
            "services: {board: {settings: {a: [1]}}}": "services.board.settings.a: must be",
            "services: {board: {settings: {a: {b: 1}}}}": "services.board.settings.a: must be",
            "services: {board: {settings: {a: }}}": "services.board.settings.a: must be",
            "services: {board: {settings: {a: '\(String(repeating: "x", count: 257))'}}}":
                "services.board.settings.a: must be",
            "services: {board: {settings: {Big Name: 1}}}": "services.board.settings.Big Name: is no setting's name",
            "services: {board: {settings: 3}}": "services.board.settings: must be a section",
            "services: {board: {settings: {a: '${GONE}'}}}": "services.board.settings.a: ",
            "services: {kms: {settings: {a: 1}}}": "services.kms.settings: is not a known key",
        ]
    )
    func `what has no form is a problem of the file`(_ yaml: String, _ problem: String) {
        let problems = Fixtures.problems("name: t\n\(yaml)")
        #expect(problems.count == 1 && problems.first?.contains(problem) == true, "\(problems)")
    }
}
