// `make chaos`: a crowd at the whole ecosystem, through Caddy, while its parts are killed, stopped, cut off, torn apart, on full, slow and failing
// disks, with wrong clocks; then every check. Short here, as long as somebody likes by hand:
//
//     make chaos SEED=17 MINUTES=10
//
// A seed repeats the plan and what clients do, not how threads and disks interleave. A run that is wrong is played again with less and less of its
// plan, where FOUNTAIN_CHAOS_SHRINK says how many times.

import EcosystemTesting
import Foundation
import Histories
import Testing

@Suite(.tags(.endToEnd), .witnessed, .timeLimit(.minutes(600))) struct ChaosTests {
    private static func number(_ name: String) -> Int? { ProcessInfo.processInfo.environment[name].flatMap(Int.init) }

    private static let seed = UInt64(number("FOUNTAIN_SEED") ?? Int.random(in: 1...999_999))
    private static let acts = max(4, (number("FOUNTAIN_CHAOS_SECONDS") ?? 12) / 3)

    /// How often what must have happened in so many acts: four of them are too few for a create that nobody answers.
    private static let enough = [
        "a create is answered": 10 * acts, "a create is not answered": acts / 8, "a key lets in": acts,
        "the order is read": 5 * acts,
        "the order is changed": 2 * acts, "a version is answered": 2 * acts, "a move is answered": acts,
        "a search is answered": acts,
        "a login is answered": 1, "another request under a key is refused": acts,
        // Each kind has its turn about once in nine acts; not every victim is missed by somebody.
        "killed is noticed": acts / 40, "paused is noticed": acts / 40, "cut off is noticed": acts / 40,
        "full disk is noticed": acts / 40,
    ]

    @Test func `whatever happens to it, the ecosystem does what it has promised`() async throws {
        let plan = ChaosPlan.acts(Self.acts, seed: Self.seed)
        let verdict = try await Self.play(plan)
        Self.say("seed \(Self.seed)")
        Self.say("verdict \(verdict)")
        if case .wrong = verdict, let runs = Self.number("FOUNTAIN_CHAOS_SHRINK"), runs > 0 {
            let least = try await shortest(of: plan, runs: runs) { acts in
                if case .wrong = try await Self.play(acts) { true } else { false }
            }
            Self.say("shortest \(least)")
        }
        #expect(verdict == .right, "seed \(Self.seed): \(plan)")
    }

    @Test func `a seed makes one plan, every kind comes before one comes again, and a quarter is quiet`() {
        let plan = ChaosPlan.acts(40, seed: 7)
        #expect(plan == ChaosPlan.acts(40, seed: 7) && plan != ChaosPlan.acts(40, seed: 8))
        #expect(plan.count(where: \.isEmpty) == 10 && plan.contains { $0.count == 2 })
        #expect(Set(plan.joined().prefix(9).map(\.kind)).count == 9)
        #expect(plan.allSatisfy { Set($0.map(\.victim)).count == $0.count })
    }

    private static func play(_ plan: [Act]) async throws -> Verdict {
        let stage = try await ChaosStage(seed: seed)
        let isOver = Mutexed(false)
        let teller = Storyteller(
            stage.node,
            root: stage.root,
            user: stage.user,
            account: ChaosStage.account,
            seed: seed,
            writers: 4
        ) { _, _ in !isOver.value }
        let sometimes = Sometimes(Self.enough)
        let played = Mutexed<[(act: Act, begin: UInt64, end: UInt64)]>([])
        let story = try await teller.play { teller in
            defer { isOver.change { $0 = true } }
            try await perform(plan, on: stage, teller, played)
        }
        await stage.end()
        story.note(in: sometimes)
        let noticed = Noticed(played.value, story.calls)
        noticed.note(in: sometimes)
        say("noticed: \(noticed.words)")
        let verdicts = story.verdicts
        for (name, verdict) in verdicts where verdict != .right { say("\(name): \(verdict)") }
        return .all(Array(verdicts.values) + [sometimes.verdict])
    }

    /// Each act lasts as long as its plan says: nothing is waited for.
    private static func perform(
        _ plan: [Act],
        on stage: ChaosStage,
        _ teller: Storyteller,
        _ played: Mutexed<[(act: Act, begin: UInt64, end: UInt64)]>
    ) async throws {
        for (number, act) in plan.enumerated() {
            let (calls, begin) = (teller.calls.calls, teller.calls.now)
            let unknown = calls.count(where: \.outcome.isUnknown)
            say(
                "seed \(seed), act \(number + 1) of \(plan.count): \(act.isEmpty ? "quiet" : "\(act)"); \(calls.count) calls, \(unknown) unknown"
            )
            for misfortune in act { try await stage.begin(misfortune) }
            try await ContinuousClock().sleep(for: ChaosPlan.length)
            for misfortune in act.reversed() { try await stage.undo(misfortune) }
            played.change { $0.append((act, begin, teller.calls.now)) }
        }
    }

    /// At once, though somebody reads it through a pipe.
    private static func say(_ text: String) { FileHandle.standardError.write(Data("chaos: \(text)\n".utf8)) }
}
