// A crowd on a disk that is full now and then. As the services are, the run is right; with one mistake planted in a service, exactly the checks
// that have to say so do. What `HistoryTests` does to the evidence is done to the services here.

import EcosystemTesting
import Histories
import Testing

@Suite(.tags(.integration), .witnessed, .timeLimit(.minutes(3))) struct PlantedBugTests {
    @Test(arguments: [3, 4] as [UInt64])
    func `without a planted bug the run is right, though the disk is full at times`(seed: UInt64) async throws {
        let run = try await Self.run(nil, seed: seed)
        #expect(Verdict.all(Array(run.story.verdicts.values)) == .right, "seed \(seed): \(run.story.verdicts)")
        #expect(run.sometimes == .right, "seed \(seed)")
    }

    @Test(arguments: PlantedBug.allCases, [5, 6] as [UInt64])
    func `a planted bug turns exactly its checks red`(bug: PlantedBug, seed: UInt64) async throws {
        let run = try await Self.run(bug, seed: seed)
        #expect(run.story.red == bug.red, "seed \(seed): \(run.story.verdicts)")
        #expect(run.sometimes == .right, "seed \(seed)")
    }

    private static func run(_ bug: PlantedBug?, seed: UInt64) async throws -> (story: Story, sometimes: Verdict) {
        let disk = FillingDisk(seed: seed)
        return try await TestEcosystem.run(changing: { $0.planted(bug, on: disk) }) { ecosystem in
            let root = try await ecosystem.loggedIn(as: "root", roles: "admin")
            let teller = Storyteller(
                ecosystem.bus,
                root: root,
                user: try await ecosystem.loggedIn(),
                seed: seed,
                writers: 6,
                plays: turns
            )
            let story = try await teller.play { _ in disk.beginFilling() }
            let sometimes = Sometimes([
                "a create is answered": 60, "the disk of service_a is full": 2, "the disk of kms is full": 2,
                "a key lets in": 20, "a key keeps out": bug == .keepsAVerdictForASecond ? 0 : 10,
                "a version is answered": 20, "the order is read": 40,
            ])
            sometimes.happened("the disk of service_a is full", disk.full(for: "service_a"))
            sometimes.happened("the disk of kms is full", disk.full(for: "kms"))
            story.note(in: sometimes)
            return (story, sometimes.verdict)
        }
    }

    @Sendable private static func turns(_ role: Role, _ turn: Int) -> Bool {
        switch role {
        case .writes: turn <= 20
        case .reads: turn <= 50
        case .reorders: turn <= 20
        case .repeats, .moves, .searches: turn <= 12
        case .holdsKeys: turn <= 12
        }
    }
}
