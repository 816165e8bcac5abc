// A screenplay through the whole ecosystem: in, changed, out again, beside others who work on it, and after a run that broke off.

import Bus
import Contracts
import Ecosystem
import EcosystemTesting
import Foundation
import Screenplay
import Testing

@Suite(.tags(.integration), .witnessed, .timeLimit(.minutes(3))) struct ScreenplayFlowTests {
    private static let name = SequenceName("tram") ?? .sample

    /// Forty scenes of seven elements; more than one portion.
    private static let scenes = (1...40).map { number in
        """
        INT. TRAM \(number) - NIGHT #\(number)#

        Rain on window \(number).

        @Ada
        (low)
        Line one of scene \(number).
        And a second.

        BOB ^
        Answer \(number).
        """
    }

    private static func file(_ scenes: [String]) -> [UInt8] {
        Array(("Title: Tram\n\n" + scenes.joined(separator: "\n\n") + "\n").utf8)
    }

    private func prepare(_ file: [UInt8], _ ecosystem: TestEcosystem, forced: Bool = false) async throws
        -> ScreenplayImport
    {
        let screenplay = try Screenplay(file)
        return try await ScreenplayImport(screenplay, of: file, into: Self.name, forced: forced, by: ecosystem.bus)
    }

    private func importing(_ file: [UInt8], _ ecosystem: TestEcosystem) async throws -> Difference {
        let work = try await prepare(file, ecosystem)
        try await work.run { _ in }
        return work.difference
    }

    private func counts(_ difference: Difference) -> [Int] {
        [difference.created, difference.changed, difference.moved, difference.deleted, difference.unchanged]
    }

    private func exported(_ ecosystem: TestEcosystem) async throws -> [UInt8] {
        let export = try await ScreenplayExport(Self.name, by: ecosystem.bus)
        #expect(export.differences == 0)
        return export.bytes
    }

    private func head(_ ecosystem: TestEcosystem) async throws -> UInt64 {
        try await ecosystem.bus.head(of: SequenceOperations.changed).head
    }

    @Test func `in, three lines changed, a scene moved, one deleted, and out: byte for byte, with its history`()
        async throws
    {
        try await TestEcosystem.run { ecosystem in
            let file = Self.file(Self.scenes)
            #expect(counts(try await importing(file, ecosystem)) == [281, 0, 0, 0, 0])
            #expect(try await exported(ecosystem) == file)
            let after = try await head(ecosystem)
            #expect(counts(try await importing(try await exported(ecosystem), ecosystem)) == [0, 0, 0, 0, 281])
            #expect(try await head(ecosystem) == after)

            var scenes = Self.scenes
            for (number, old, new) in [
                (2, "Rain on", "Snow on"), (5, "Answer", "No answer"), (9, "a second", "a third"),
            ] {
                scenes[number] = scenes[number].replacingOccurrences(of: old, with: new)
            }
            scenes.insert(scenes.remove(at: 20), at: 30)
            scenes.remove(at: 12)
            let changed = Self.file(scenes)
            #expect(counts(try await importing(changed, ecosystem)) == [0, 3, 7, 7, 264])
            #expect(try await exported(ecosystem) == changed)
            // Three versions, seven deletions, and one move of a run.
            #expect(try await head(ecosystem) == after + 11)
            try await expectHistory(ecosystem)
        }
    }

    /// The third action: as it was made, and as it is now.
    private func expectHistory(_ ecosystem: TestEcosystem) async throws {
        let id = try #require(ElementID(5))
        let request = ListVersions(elementType: .action, elementId: id, sequenceName: Self.name)
        let page = try await ecosystem.bus.call(SequenceOperations.history, request)
        #expect(page.versions.map(\.comment.text) == ["Rain on window 3.", "Snow on window 3."])
        #expect(page.versions.allSatisfy { $0.data != nil })
    }

    @Test func `a run that broke off is finished by the next, and nothing is there twice`() async throws {
        try await TestEcosystem.run { ecosystem in
            let file = Self.file(Self.scenes)
            let portions = ScreenplayImport.portions(of: try await prepare(file, ecosystem).difference.steps)
            #expect(portions.count > 1)
            _ = try await ecosystem.bus.call(
                SequenceOperations.batch,
                ChangeSequence(changes: portions[0], atomic: true)
            )
            let rest = try await importing(file, ecosystem)
            #expect(rest.created + portions[0].count == 281 && rest.unchanged == portions[0].count)
            #expect(try await exported(ecosystem) == file)
        }
    }

    @Test func `a file, another one, and the first again: an old key repeats no old answer`() async throws {
        try await TestEcosystem.run { ecosystem in
            let files = [Self.file(Array(Self.scenes[..<2])), Self.file(Array(Self.scenes[..<3]))]
            for file in files + files + files {
                _ = try await importing(file, ecosystem)
                #expect(try await exported(ecosystem) == file)
            }
        }
    }

    @Test func `what somebody changes meanwhile is not undone unseen`() async throws {
        try await TestEcosystem.run { ecosystem in
            let file = Self.file(Array(Self.scenes[..<3]))
            _ = try await importing(file, ecosystem)
            let late = try await prepare(Self.file(Array(Self.scenes[..<2])), ecosystem)
            let version = NewVersion(
                elementType: .spokenWord,
                elementId: try #require(ElementID(5)),
                newVersionData: nil,
                comment: Comment("Somebody's own words."),
                sequenceName: Self.name
            )
            _ = try await ecosystem.bus.call(SequenceOperations.version, version)
            let failure = await #expect(throws: Failure.self) { try await late.run { _ in } }
            #expect(failure?.code == .preconditionFailed)
            // Nothing of the portion was done, and the next import sees whose words those are.
            let refusal = await #expect(throws: ScreenplayImport.Refusal.self) { try await prepare(file, ecosystem) }
            #expect(refusal == .foreign(count: 1, names: ["spokenWord 5"], sequence: "tram"))
            #expect(try await prepare(try await exported(ecosystem), ecosystem).difference.isEmpty)
            try await prepare(file, ecosystem, forced: true).run { _ in }
            #expect(try await exported(ecosystem) == file)
        }
    }

    @Test func `what is not there cannot be exported, and what is there is named`() async throws {
        try await TestEcosystem.run { ecosystem in
            _ = try await importing(Self.file(Self.scenes), ecosystem)
            let unknown = SequenceName("metro") ?? .sample
            let failure = await #expect(throws: Failure.self) {
                try await ScreenplayExport(unknown, by: ecosystem.bus)
            }
            #expect(failure?.code == .notFound && failure?.detail.contains("\"tram\"") == true)
        }
    }

    @Test func `a whole play goes in and out`() async throws {
        let path = Repository.root.appending(path: "../shared/data/hamlet.fountain").standardized
        guard let play = try? Data(contentsOf: path) else { return }
        try await TestEcosystem.run { ecosystem in
            let difference = try await importing([UInt8](play), ecosystem)
            #expect(difference.created == 2_533)
            #expect(try await exported(ecosystem) == [UInt8](play))
            #expect(try await importing([UInt8](play), ecosystem).isEmpty)
        }
    }
}
