// Conditions on numbers are conditions on places, of each sequence its own: many of them come of a short filter.

import Bus
import Contracts
import Testing

@testable import TypesenseClient

@Suite(.timeLimit(.minutes(2))) struct NumberFilterTests {
    /// So many plays with 41 lines each; `apart`: by so much the places of each play lie behind those of the one before.
    private static func plays(_ kind: EngineKind, _ count: Int, apart: Int64 = 0) async throws -> any SearchEngine {
        let engine = try await kind.make()
        var changes: [SequenceChange] = []
        for play in 1...count {
            for id in 1...41 {
                let element = ElementReference(
                    elementType: .script,
                    elementId: try #require(ElementID(id)),
                    sequenceName: SequenceName("play \(play)")
                )
                changes.append(
                    SequenceChange(
                        kind: .created,
                        element: element,
                        sequenceNumber: id,
                        versionNumber: 1,
                        comment: try #require(Comment("line")),
                        place: place(id) + Int64(play) * apart,
                        revision: UInt64(play * 100 + id)
                    )
                )
            }
        }
        try await engine.apply(changes)
        return engine
    }

    private static let odd = stride(from: 1, through: 41, by: 2).map(String.init).joined(separator: ",")

    @Test(arguments: EngineKind.allCases)
    func `many numbers in many sequences are found or refused, and no index is lost by it`(kind: EngineKind)
        async throws
    {
        let engine = try await Self.plays(kind, 50)
        let nobody = (1...230).map { String(98 + 2 * $0) }.joined(separator: ",")
        for (filter, found) in [
            ("sequence_number:[\(nobody),999]", 0), ("sequence_number:[\(nobody),41]", 50),
            ("sequence_number:[5,1..3,2,1,5]", 200), ("sequence_name:=play 7 && sequence_number:[\(Self.odd)]", 21),
            ("sequence_name:=play 7 && sequence_number:!=[1..40,\(nobody)]", 1),
            ("sequence_name:=play 7 && sequence_number:!=[\(Self.odd)]", 20), ("sequence_number:!=[1..41]", 0),
            ("sequence_name:=play 7 && sequence_number:>=2 && sequence_number:<5", 3), ("sequence_number:>40", 50),
            ("sequence_name:=play 7 && element_id:!=[\(Self.odd)]", 20),
            ("element_id:!=[-9223372036854775808..9223372036854775807]", 0),
        ] {
            #expect(try await engine.search(query("*", filter: filter)).found == found, "\(filter)")
        }
        let tooMany = try query("*", filter: "sequence_number:[\(Self.odd)]")
        let failure = await #expect(throws: Failure.self) { try await engine.search(tooMany) }
        #expect(failure?.fields?.first?.field == "filter_by")
        #expect(try await engine.checkpoint()?.offset == 5_041)
    }

    /// Whoever moves elements about has other places in each sequence.
    @Test(arguments: EngineKind.allCases)
    func `in sequences that are all different they are found, or what is too much is said`(kind: EngineKind)
        async throws
    {
        let engine = try await Self.plays(kind, 20, apart: 3)
        let few = (1...12).map { "play \($0)" }.joined(separator: ",")
        for filter in ["sequence_number:[\(Self.odd)]", "sequence_number:>20", "sequence_number:!=[1..41]"] {
            let found = filter.contains("!=") ? 0 : 21 * 12
            #expect(try await engine.search(query("*", filter: "sequence_name:=[\(few)] && \(filter)")).found == found)
        }
        let everywhere = try query("*", filter: "sequence_number:5")
        switch kind {
        case .builtIn: #expect(try await engine.search(everywhere).found == 20)
        case .typesense:
            let failure = await #expect(throws: Failure.self) { try await engine.search(everywhere) }
            #expect(failure?.code == .invalidRequest)
            #expect(
                failure?.fields?.first?.problem
                    == "is 131 conditions, signs and parentheses for the search engine, which takes 99; name a sequence, or less"
            )
        }
    }

    @Test(arguments: EngineKind.allCases)
    func `as many conditions as a filter may have`(kind: EngineKind) async throws {
        let engine = try await Self.plays(kind, 1)
        for (sign, found) in [("=", 41), ("!=", 41)] {
            let filter = (1...50).map { "element_id:\(sign)\($0)" }.joined(separator: " || ")
            #expect(try await engine.search(query("*", filter: filter)).found == found)
        }
        let none = (1...50).map { "element_id:!=\($0)" }.joined(separator: " && ")
        #expect(try await engine.search(query("*", filter: none)).found == 0)
    }
}
