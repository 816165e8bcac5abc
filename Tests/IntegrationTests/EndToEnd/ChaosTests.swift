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

private func number(_ name: String) -> Int? { ProcessInfo.processInfo.environment[name].flatMap(Int.init) }

/// Of one run; each kind has its turn in the shortest.
private let seconds = number("FOUNTAIN_CHAOS_SECONDS") ?? 36
private let shrinks = max(0, number("FOUNTAIN_CHAOS_SHRINK") ?? 0)

/// Twice as long as it lasts, and five minutes for its beginning and its end, for each time that it may be played.
@Suite(.tags(.endToEnd), .witnessed, .timeLimit(.minutes((seconds / 30 + 5) * (1 + shrinks)))) struct ChaosTests {
    private static let seed = UInt64(number("FOUNTAIN_SEED") ?? Int.random(in: 1...999_999))
    private static let acts = max(4, seconds / 3)

    /// How often what must have happened in so many acts; in few of them not every kind meets somebody.
    private static let enough = [
        "a create is answered": 10 * acts, "a create is not answered": acts < 40 ? 0 : acts / 8,
        "a key lets in": acts, "a key keeps out": acts / 4, "a misfortune is noticed": max(1, acts / 8),
        "the order is read": 5 * acts,
        "the order is changed": 2 * acts, "a version is answered": 2 * acts, "a move is answered": acts,
        "a search is answered": acts,
        "a login is answered": 1, "another request under a key is refused": acts,
        // Each kind has its turn about once in nine acts; not every victim is missed by somebody.
        "killed is noticed": acts / 40, "paused is noticed": acts / 40, "cut off is noticed": acts / 40,
        "torn connections is noticed": acts / 40, "slow disk is noticed": acts / 40,
        "a disk refuses a write": acts / 40, "a disk fails to sync": acts / 40,
    ]

    @Test func `whatever happens to it, the ecosystem does what it has promised`() async throws {
        let plan = ChaosPlan.acts(Self.acts, seed: Self.seed)
        let verdict = try await Self.play(plan)
        Self.say("seed \(Self.seed)")
        Self.say("verdict \(verdict)")
        if verdict.isWrong, shrinks > 0 {
            let least = try await shortest(of: plan, runs: shrinks) { acts in
                try await Self.play(acts).isWrong
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

    @Test func `what somebody noticed is told by kind, and an act's first second belongs to the one before`() {
        let second: UInt64 = 1_000_000_000
        let kill = Misfortune(kind: .killed, victim: "kms", isFromStart: false)
        let pause = Misfortune(kind: .paused, victim: "2fa", isFromStart: false)
        let acts: [Act] = [[kill], [], [pause, kill], [kill], [kill], [pause]]
        let played = acts.enumerated().map { number, act in
            (act: act, begin: UInt64(number) * 3 * second, end: UInt64(number + 1) * 3 * second)
        }
        func call(_ at: Double, _ outcome: Outcome<UInt64>, takes time: UInt64 = 1) -> Call<UInt64> {
            let invoked = UInt64(at * Double(second))
            return Call("create", of: "1", invoked: invoked, returned: invoked + time, outcome)
        }
        let calls = [
            call(1.5, .unknown("no answer")), call(3.5, .refused("unavailable")), call(7.5, .ok(1), takes: 3 * second),
            call(9.5, .unknown("no answer")), call(12.5, .ok(2)), call(12.6, .refused("conflict")),
            call(15.5, .ok(3), takes: 3 * second),
        ]
        #expect(Noticed(played, calls).words == "killed 2 of 4, paused 2 of 2, quiet 0 of 1")
        let sometimes = Sometimes(["killed is noticed": 2, "a misfortune is noticed": 5])
        Noticed(played, calls).note(in: sometimes)
        #expect(sometimes.verdict == .inconclusive(["\"a misfortune is noticed\" happened 4 times, not 5"]))
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
        stage.note(in: sometimes)
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
