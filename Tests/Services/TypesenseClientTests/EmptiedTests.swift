// A sequence that is emptied and filled again, by one batch of events as by several.

import Bus
import Contracts
import Testing
import TypesenseClient

@Suite(.timeLimit(.minutes(2))) struct EmptiedTests {
    private static func script(_ revision: UInt64, _ comment: String) throws -> SequenceChange {
        try change(1, comment, revision: revision)
    }

    @Test(arguments: EngineKind.allCases)
    func `what is created again behind the emptying is there, also where both come at once`(kind: EngineKind)
        async throws
    {
        let engine = try await kind.make()
        try await engine.apply([Self.script(1, "first"), change(2, "gone", revision: 2)])
        let emptied = SequenceChange(emptied: SequenceName(.script), revision: 10)
        try await engine.apply([emptied, Self.script(12, "second")])
        #expect(try await engine.ids(query("second")) == ["script_1"])
        #expect(try await engine.ids(query("*")) == ["script_1"])
        #expect(try await engine.search(query("*", filter: "sequence_number:1")).found == 1)
    }

    @Test(arguments: EngineKind.allCases)
    func `what was deleted again behind it is gone`(kind: EngineKind) async throws {
        let engine = try await kind.make()
        try await engine.apply([Self.script(1, "first")])
        try await engine.apply([
            SequenceChange(emptied: SequenceName(.script), revision: 10), Self.script(12, "second"),
            change(.deleted, 1, revision: 13),
        ])
        #expect(try await engine.ids(query("*")) == [])
    }
}
