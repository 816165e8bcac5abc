// What only a store with a database can get wrong: restarts, files that an earlier version wrote, and times as they are shown.

import Bus
import Contracts
import Foundation
import SQLite
import ServiceA
import Storage
import Testing

@Suite(.timeLimit(.minutes(1))) struct DatabaseSequenceStoreTests {
    @Test func `a restart keeps elements, numbers, versions and events`() async throws {
        let path = StoreKind.newPath()
        defer {
            try? FileManager.default.removeItem(atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path)
        }
        let before = try DatabaseSequenceStore(.file(path))
        try await before.create(.script, 1, "Hamlet")
        try await before.create(.script, 2)
        _ = try await before.addVersion(.script, 1, .array([.integer(1)]), "Prince of Denmark")
        try await before.delete(element(.script, 2))

        let after = try DatabaseSequenceStore(.file(path))
        #expect(try await after.read(element(.script, 1)) == before.read(element(.script, 1)))
        #expect(try await after.changes() == before.changes())
        #expect(try await after.create(.script, 3) == 2)
    }

    /// As files were before the counts of siblings stood in one row.
    @Test func `a file with a row for each block opens, and goes on`() async throws {
        let path = StoreKind.newPath()
        defer {
            try? FileManager.default.removeItem(atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path)
        }
        let before = try DatabaseSequenceStore(.file(path))
        let creations = try (1...300).map { SequenceEdit.create(try creation(.action, $0)) }
        _ = try await before.change(ChangeSequence(changes: creations), once: nil)
        try await before.create(.script, 1, in: "play")
        await before.close()
        try Connection(path).execute(Self.ungathering)
        let after = try DatabaseSequenceStore(.file(path))
        #expect(try await after.order(of: .action) == Array(1...300))
        #expect(try await after.create(try creation(.action, 301, at: 200), once: nil).sequenceNumber == 200)
        #expect(try await after.create(.script, 2, in: "play") == 2)
        #expect(try await after.order(of: .action) == Array(1...199) + [301] + Array(200...300))
    }

    private static let ungathering =
        """
        CREATE TABLE block (
            sequence INTEGER NOT NULL, level INTEGER NOT NULL, slot INTEGER NOT NULL, count INTEGER NOT NULL,
            PRIMARY KEY (sequence, level, slot)
        ) STRICT, WITHOUT ROWID;
        DROP TABLE tally; DELETE FROM grdb_migrations WHERE identifier = 'sequence.3';
        """
        + [22, 29, 36, 43].enumerated().map { level, shift in
            """
            INSERT INTO block SELECT sequence, \(level), place >> \(shift), count(*)
            FROM element GROUP BY sequence, place >> \(shift);
            """
        }.joined()

    /// A version's data may be a mebibyte, and there may be ten thousand elements in one request.
    @Test func `digests, ranges, moves and reorders do without data`() async throws {
        let path = StoreKind.newPath()
        defer {
            try? FileManager.default.removeItem(atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path)
        }
        let before = try DatabaseSequenceStore(.file(path))
        for id in 1...5 { try await before.create(.script, id) }
        await before.close()
        // Whoever asks for it fails now.
        try Connection(path).execute("ALTER TABLE version RENAME COLUMN data TO hidden")
        let after = try DatabaseSequenceStore(.file(path))
        let name = SequenceName(.script)
        #expect(try await after.digests(DigestSequence(sequenceName: name, from: 0)).ranges.map(\.count) == [5])
        let range = ElementsBetween(sequenceName: name, from: 0, to: 1 << 50)
        #expect(try await after.elements(range).elements.map(\.elementId.value) == [1, 2, 3, 4, 5])
        #expect(try await after.move(.script, 1, count: 2, to: 4).movedElements.count == 2)
        #expect(try await after.reorder([3, 5], to: [5, 3], .script).reorderedElements.count == 2)
        try await after.delete(element(.script, 2))
        #expect(try await after.elements(range).elements.map(\.elementId.value) == [5, 4, 3, 1])
        await #expect(throws: (any Error).self) { try await after.read(element(.script, 1)) }
    }

    @Test func `times are shown as RFC 3339`() async throws {
        let clock = TestClock()
        let store = try DatabaseSequenceStore(.memory, now: { clock.now })
        try await store.create(.script, 1)
        let history = try await store.history(ListVersions(elementType: .script, elementId: #require(ElementID(1))))
        #expect(history.versions.map(\.createdAt) == ["2023-11-14T22:13:20.000Z"])
    }
}
