// Pages: never larger than a message, and right while elements come, go and move.

import Bus
import Contracts
import ServiceA
import Testing

@Suite(.timeLimit(.minutes(1))) struct PageTests {
    @Test(arguments: [StoreKind.inMemory, .sqliteInMemory])
    func `large elements make short pages, and all of them come`(kind: StoreKind) async throws {
        let store = try kind.make()
        let large = JSONValue.string(String(repeating: "x", count: 400_000))
        for id in 1...8 {
            try await store.create(.script, id)
            _ = try await store.addVersion(.script, id, large, nil)
        }
        var (ids, pages, after): ([Int], Int, PageCursor?) = ([], 0, nil)
        repeat {
            let page = try await store.list(ListElements(elementType: .script, limit: PageLimit(1000), after: after))
            #expect(try PayloadCoding.encode(page).count < 2 << 20)
            ids += page.elements.map(\.elementId.value)
            (pages, after) = (pages + 1, page.next)
        } while after != nil
        #expect(ids == Array(1...8))
        #expect(pages == 4)
    }

    @Test(arguments: [StoreKind.inMemory, .sqliteInMemory])
    func `a history of large versions comes in pages too`(kind: StoreKind) async throws {
        let store = try kind.make()
        try await store.create(.script, 1)
        for _ in 0..<6 {
            _ = try await store.addVersion(.script, 1, .string(String(repeating: "x", count: 400_000)), nil)
        }
        var (versions, after): ([Int], Int?) = ([], nil)
        repeat {
            let id = try #require(ElementID(1))
            let page = try await store.history(ListVersions(elementType: .script, elementId: id, after: after))
            #expect(try PayloadCoding.encode(page).count < 2 << 20)
            versions += page.versions.map(\.versionNumber)
            after = page.next
        } while after != nil
        #expect(versions == Array(1...7))
    }

    @Test(arguments: [StoreKind.inMemory, .sqliteInMemory], [1, 2, 3] as [UInt64])
    func `what stands still is on exactly one page, whatever happens between them`(
        kind: StoreKind,
        seed: UInt64
    ) async throws {
        let store = try kind.make()
        var random = SplitMix(seed)
        for id in 1...120 { try await store.create(.action, id) }
        let still = Set((1...120).filter { $0.isMultiple(of: 3) })
        let restless = (1...120).filter { !still.contains($0) }
        var (seen, after): ([Int], PageCursor?) = ([], nil)
        var gone: Set<Int> = []
        repeat {
            let page = try await store.list(ListElements(elementType: .action, limit: PageLimit(9), after: after))
            seen += page.elements.map(\.elementId.value)
            after = page.next
            // Whoever ended the page moves or goes for certain; others as it comes.
            var chosen = (0..<6).compactMap { _ in restless.randomElement(using: &random) }
            if let last = page.elements.last?.elementId.value, !still.contains(last) { chosen.append(last) }
            for id in Set(chosen) where !gone.contains(id) {
                if Bool.random(using: &random) {
                    try await store.delete(element(.action, id))
                    gone.insert(id)
                } else {
                    try await store.move(.action, id, to: 1 + Int.random(in: 0..<40, using: &random))
                }
            }
            for step in 0..<20 {
                let id = 1000 + seen.count * 100 + step
                _ = try await store.create(creation(.action, id, after: neighbour(.action, 60)), once: nil)
            }
        } while after != nil
        let counts = Dictionary(grouping: seen.filter(still.contains)) { $0 }.mapValues(\.count)
        #expect(counts.count == still.count)
        #expect(counts.values.allSatisfy { $0 == 1 })
    }

    /// Room is made there again and again, so that the places around it move, and with them where it stood.
    @Test(arguments: [StoreKind.inMemory, .sqliteInMemory], [("after", 9), ("before", 11)])
    func `a page goes on where its last element stood, however much comes there`(
        kind: StoreKind,
        spot: (side: String, of: Int)
    ) async throws {
        let store = try kind.make()
        for id in 1...20 { try await store.create(.action, id) }
        let page = try await store.list(ListElements(elementType: .action, limit: PageLimit(10)))
        try await store.delete(element(.action, 10))
        let beside = try neighbour(.action, spot.of)
        for id in 100..<400 {
            let isAfter = spot.side == "after"
            let request = try creation(.action, id, before: isAfter ? nil : beside, after: isAfter ? beside : nil)
            _ = try await store.create(request, once: nil)
        }
        let rest = try await store.list(
            ListElements(elementType: .action, limit: PageLimit(1000), after: page.next)
        )
        #expect(rest.elements.map(\.elementId.value).filter { $0 <= 20 } == Array(11...20))
    }

    @Test(arguments: StoreKind.allCases)
    func `a cursor of nowhere is refused by name`(kind: StoreKind) async throws {
        let store = try kind.make()
        try await store.create(.action, 1)
        for (text, code) in [
            ("nonsense", ErrorCode.invalidRequest), ("action.1", .invalidRequest), ("action.0.1", .invalidRequest),
            ("action.1.99999999999999999999", .invalidRequest), ("action.1.77", .gone), ("action.9.1", .gone),
        ] {
            let failure = await #expect(throws: Failure.self) {
                try await store.list(ListElements(elementType: .action, after: PageCursor(text)))
            }
            #expect(failure?.code == code, "\(text)")
            #expect(failure?.fields?.first?.field == "after")
        }
    }
}
