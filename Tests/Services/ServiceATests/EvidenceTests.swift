// What a copy of a sequence is held against (issue 13).

import Bus
import Contracts
import ServiceA
import Testing

@Suite(.timeLimit(.minutes(1))) struct EvidenceTests {
    private let name = SequenceName(.script)

    private func ranges(_ store: some SequenceStore) async throws -> [SequenceDigests.Range] {
        var (ranges, from): ([SequenceDigests.Range], Int64?) = ([], 0)
        while let first = from {
            let page = try await store.digests(DigestSequence(sequenceName: name, from: first))
            ranges += page.ranges
            from = page.next
        }
        return ranges
    }

    private func elements(_ store: some SequenceStore, _ range: SequenceDigests.Range) async throws -> [SequenceElement]
    {
        var (elements, from): ([SequenceElement], Int64?) = ([], range.from)
        while let first = from {
            let page = try await store.elements(ElementsBetween(sequenceName: name, from: first, to: range.to))
            elements += page.elements
            from = page.next
        }
        return elements
    }

    @Test(arguments: [StoreKind.inMemory, .sqliteInMemory])
    func `ranges lie side by side, cover every place, and digest what stands in them`(kind: StoreKind) async throws {
        let store = try kind.make()
        for id in 1...2100 { try await store.create(.script, id) }
        let ranges = try await ranges(store)
        #expect(ranges.map(\.count) == [1024, 1024, 52])
        #expect(ranges.first?.from == 0 && ranges.last?.to == 1 << 50)
        #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.to == $1.from })
        var number = 0
        for range in ranges {
            let elements = try await elements(store, range)
            #expect(elements.map(\.sequenceNumber) == Array((number + 1)...(number + range.count)))
            number += range.count
            var digest = RangeDigest()
            for element in elements {
                digest.add(
                    id: element.reference.key,
                    version: element.versionNumber,
                    comment: element.comment.text,
                    place: element.place
                )
            }
            #expect(digest.text == range.digest && digest.count == range.count)
        }
    }

    @Test(arguments: [StoreKind.inMemory, .sqliteInMemory])
    func `a change shows in the digest of its range alone, and the answer says up to which change it is true`(
        kind: StoreKind
    ) async throws {
        let store = try kind.make()
        for id in 1...1100 { try await store.create(.script, id) }
        let before = try await ranges(store)
        _ = try await store.addVersion(.script, 1050, .string("x"), "another comment")
        let after = try await ranges(store)
        #expect(before[0] == after[0] && before[1].digest != after[1].digest && before[1].count == after[1].count)
        let page = try await store.digests(DigestSequence(sequenceName: name, from: 0))
        #expect(page.revision == 1101)
        #expect(try await elements(store, after[1]).allSatisfy { $0.data == nil }, "what nobody indexes is not sent")
    }

    @Test(arguments: [StoreKind.inMemory, .sqliteInMemory])
    func `a sequence that is not there is one range without elements`(kind: StoreKind) async throws {
        let store = try kind.make()
        let page = try await store.digests(DigestSequence(sequenceName: name, from: 0))
        #expect(page.next == nil && page.ranges == [SequenceDigests.Range(from: 0, to: 1 << 50, RangeDigest())])
        for place in [-1, (1 << 50) + 1] as [Int64] {
            let failure = await #expect(throws: Failure.self) {
                try await store.digests(DigestSequence(sequenceName: name, from: place))
            }
            #expect(failure?.fields?.first?.field == "from")
        }
    }

    @Test func `a digest does not depend on the order, and on everything else`() {
        func digest(_ entries: [(String, Int, String, Int64)]) -> RangeDigest {
            var digest = RangeDigest()
            for (id, version, comment, place) in entries {
                digest.add(id: id, version: version, comment: comment, place: place)
            }
            return digest
        }
        let one = ("script_1", 1, "a", Int64(1))
        let two = ("script_2", 1, "b", Int64(2))
        #expect(digest([one, two]) == digest([two, one]))
        for other in [
            ("script_3", 1, "b", 2), ("script_2", 2, "b", 2), ("script_2", 1, "c", 2), ("script_2", 1, "b", 3),
        ] as [(String, Int, String, Int64)] {
            #expect(digest([one, two]).text != digest([one, other]).text)
        }
        #expect(digest([("a", 1, "bc", 1)]).text != digest([("ab", 1, "c", 1)]).text)
        #expect(digest([one, one]).text != digest([]).text)
    }
}
