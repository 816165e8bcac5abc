// What only the built-in engine can get wrong: a restart, a machine that fails, a file of an earlier version, a search by the wrong end.

import Bus
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

    /// What comes of events is written to the log and not waited for (ADR 0061): here the end of the log is lost, as where the machine fails.
    @Test func `an index whose machine failed is whole at an earlier event, and goes on from there`() async throws {
        let files = FileManager.default
        let directory = files.temporaryDirectory.appending(path: "index-\(UUID().uuidString)")
        defer { try? files.removeItem(at: directory) }
        let (path, copy) = (directory.appending(path: "a/index.db").path, directory.appending(path: "b/index.db").path)
        let changes = try (1...40).map { try change($0, "line \($0)", revision: UInt64($0)) }
        let engine = try BuiltInEngine(.file(path))
        for change in changes[..<20] { try await engine.apply([change]) }
        // It waits for the disk, and with it all before it.
        try await engine.look()
        let log = try #require(files.attributesOfItem(atPath: path + "-wal")[.size] as? Int)
        for change in changes[20...] { try await engine.apply([change]) }
        try files.createDirectory(atPath: directory.appending(path: "b").path, withIntermediateDirectories: false)
        try files.copyItem(atPath: path, toPath: copy)
        // Not even to the end of a page.
        try Data(contentsOf: URL(fileURLWithPath: path + "-wal")).prefix(log + 6_001)
            .write(to: URL(fileURLWithPath: copy + "-wal"))
        let survivor = try BuiltInEngine(.file(copy))
        let had = try #require(try await survivor.checkpoint()).offset
        #expect((20..<40).contains(had))
        #expect(try await survivor.search(query("line")).found == Int(had))
        try await survivor.look()
        for change in changes[Int(had)...] { try await survivor.apply([change]) }
        let all = try query("line", sort: "element_id:asc", hits: 100)
        #expect(try await survivor.ids(all) == (1...40).map { "script_\($0)" })
        #expect(try await survivor.checkpoint()?.offset == 40)
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
