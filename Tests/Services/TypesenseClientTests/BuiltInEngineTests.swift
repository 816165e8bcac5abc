import Contracts
import Foundation
import OldDatabase
import Storage
import Testing
import TypesenseClient

@Suite(.timeLimit(.minutes(1))) struct BuiltInEngineTests {
    @Test func `a restart keeps documents, words, revisions and the checkpoint`() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "index-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let before = try BuiltInEngine(.file(directory + "/index.db"))
        try await before.apply([
            change(1, "kept", revision: 1), change(.versioned, 1, version: 2, "kept still", revision: 2),
        ])
        let after = try BuiltInEngine(.file(directory + "/index.db"))
        #expect(try await after.checkpoint() == Checkpoint(epoch: 1, offset: 2))
        #expect(try await after.ids(query("still")) == ["script_1"])
        try await after.apply([change(1, "older", revision: 1)])
        #expect(try await after.ids(query("older")).isEmpty)
    }

    @Test func `an index that an earlier version wrote opens, and is built anew`() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "index-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try OldDatabase.make(at: directory + "/index.db")
        let engine = try BuiltInEngine(.file(directory + "/index.db"))
        #expect(try await engine.checkpoint() == nil)
        #expect(try await engine.ids(query("hamlet")).isEmpty)
        try await engine.apply([change(1, "to be", revision: 1)])
        try await engine.look()
        #expect(try await engine.ids(query("be")) == ["script_1"])
    }

    /// Each of a thousand documents of the type looked up among the word's takes fifty times as long and more.
    @Test func `a rare word of a common type is looked for by its word`() async throws {
        let engine = try BuiltInEngine(.memory)
        try await engine.apply((1...1_000).map { try change($0, $0 == 7 ? "rare" : "common", revision: UInt64($0)) })
        let (word, ofType) = (try query("rare"), try query("rare", filter: "element_type:=script"))
        let alone = try await least { _ = try await engine.ids(word) }
        let filtered = try await least { _ = try await engine.ids(ofType) }
        #expect(try await engine.ids(ofType) == ["script_7"])
        #expect(filtered < alone * 10)
    }
}
