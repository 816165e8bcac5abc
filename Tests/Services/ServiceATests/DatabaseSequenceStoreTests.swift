import Bus
import Contracts
import Foundation
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

    @Test func `times are shown as RFC 3339`() async throws {
        let clock = TestClock()
        let store = try DatabaseSequenceStore(.memory, now: { clock.now })
        try await store.create(.script, 1)
        let history = try await store.history(ListVersions(elementType: .script, elementId: #require(ElementID(1))))
        #expect(history.versions.map(\.createdAt) == ["2023-11-14T22:13:20.000Z"])
    }
}
