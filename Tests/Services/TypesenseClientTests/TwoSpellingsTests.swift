// Two names that look alike, é as one letter and as e with an accent, are two sequences to Service A and to both engines, also in one batch.

import Bus
import Contracts
import Testing
import TypesenseClient

@Suite(.timeLimit(.minutes(2))) struct TwoSpellingsTests {
    private static let names = ["Caf\u{e9}", "Cafe\u{301}"]

    private static func created(_ id: Int, in name: String, revision: UInt64, at number: Int) throws -> SequenceChange {
        SequenceChange(
            kind: .created,
            element: ElementReference(
                elementType: .script,
                elementId: try #require(ElementID(id)),
                sequenceName: SequenceName(name)
            ),
            sequenceNumber: number,
            versionNumber: 1,
            comment: try #require(Comment("line \(revision)")),
            place: place(number),
            revision: revision
        )
    }

    @Test(arguments: EngineKind.allCases)
    func `each has its own documents and its own numbers`(kind: EngineKind) async throws {
        let engine = try await kind.make()
        var changes: [SequenceChange] = []
        for number in 1...3 {
            for (offset, name) in Self.names.enumerated() {
                changes.append(
                    try Self.created(number, in: name, revision: UInt64(number * 2 + offset), at: number)
                )
            }
        }
        try await engine.apply(changes)
        #expect(try await engine.search(query("*")).found == 6)
        #expect(try await engine.search(query("*", filter: "sequence_number:2")).found == 2)
        #expect(try await engine.search(query("*", filter: "sequence_number:!=[1,2]")).found == 2)
        for name in Self.names {
            let hits = try await engine.search(query("*", filter: "sequence_name:=\(name) && sequence_number:3")).hits
            #expect(hits.map(\.sequenceName.text).map { Array($0.utf8) } == [Array(name.utf8)])
        }
    }
}
