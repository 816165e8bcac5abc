// A crowd, a wire that loses events, a service that dies, a key that ends: the history of the run is held against every check. Then one thing of
// it is falsified at a time, and exactly the checks that should say so do.

import EcosystemTesting
import Histories
import Testing

@Suite(.tags(.integration), .timeLimit(.minutes(3))) struct HistoryTests {
    struct Lie: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let red: Set<String>
        let tell: @Sendable (inout Story) -> Void
    }

    static let lies: [Lie] = [
        Lie(testDescription: "acknowledged before it is on disk", red: ["presence", "numbers"]) { story in
            // The element with the last number but one was answered and is gone, everywhere.
            let lost = story.creates.filter { $0.outcome.answer != nil }.sorted {
                ($0.outcome.answer ?? 0) < ($1.outcome.answer ?? 0)
            }
            let key = lost[lost.count - 2].subject
            story.scripts[key] = nil
            story.index[key] = nil
            story.told.removeAll { $0 == key }
            story.offsets.removeLast()
        },
        Lie(testDescription: "a skipped row of the outbox", red: ["outbox", "delivery"]) { story in
            story.told.removeLast()
            story.offsets.removeLast()
        },
        Lie(testDescription: "an event twice", red: ["outbox", "delivery"]) { story in
            story.told.append(story.told[0])
            story.offsets.append(1)
        },
        Lie(testDescription: "events out of order", red: ["delivery"]) { $0.offsets.swapAt(3, 4) },
        Lie(testDescription: "a verdict kept for too long", red: ["revocation"]) { story in
            let end = story.revocations[0].returned
            story.uses.append(Call("use", of: "job", invoked: end + 1, returned: end + 2, .ok(200)))
        },
        Lie(testDescription: "a key kept out before its end", red: ["revocation"]) { story in
            let begin = story.revocations[0].invoked
            story.uses.append(Call("use", of: "job", invoked: 0, returned: begin - 1, .refused("unauthenticated")))
        },
        Lie(testDescription: "repeats that count twice", red: ["repeats"]) { story in
            let call = story.repeats.first { $0.outcome.answer != nil }
            guard let call, let number = call.outcome.answer else { return }
            story.repeats.append(
                Call("create", of: call.subject, invoked: call.invoked, returned: call.returned, .ok(number + 1))
            )
        },
        Lie(testDescription: "an act without its entry", red: ["audit"]) { $0.audit = [] },
        Lie(testDescription: "an entry without its act", red: ["audit"]) { $0.audit.append("kms.keys.delete other") },
        Lie(testDescription: "a truncated page of the index", red: ["index"]) { story in
            story.index = story.index.filter { !$0.key.hasSuffix("7") }
        },
        Lie(testDescription: "an index with an old number", red: ["index"]) { story in
            if let key = story.index.keys.first { story.index[key] = "0" }
        },
        Lie(testDescription: "numbers against time", red: ["counter"]) { story in
            let ordered = story.creates.indices.filter { story.creates[$0].outcome.answer != nil }
                .sorted { story.creates[$0].invoked < story.creates[$1].invoked }
            guard let first = ordered.first, let last = ordered.last else { return }
            let (one, other) = (story.creates[first], story.creates[last])
            story.creates[first] = Call(
                "create",
                of: one.subject,
                invoked: one.invoked,
                returned: one.returned,
                other.outcome
            )
            story.creates[last] = Call(
                "create",
                of: other.subject,
                invoked: other.invoked,
                returned: other.returned,
                one.outcome
            )
        },
        Lie(testDescription: "nobody is answered again", red: ["progress"]) { $0.healed = .max },
    ]

    @Test(arguments: [1, 2] as [UInt64])
    func `a run with faults is right, and each lie about it turns exactly its checks red`(seed: UInt64) async throws {
        let faults = FaultPlan(seed: seed, events: Faults(drop: 0.1, duplicate: 0.1, reorder: 0.1))
        try await TestEcosystem.run(faults: ["service_a": faults]) { ecosystem in
            let teller = try await Storyteller(ecosystem)
            let story = try await teller.play()
            teller.sometimes.happened("an event is lost", await ecosystem.wires["service_a"]?.events.dropped ?? 0)
            #expect(Verdict.all(Array(story.verdicts.values)) == .right, "seed \(seed): \(story.verdicts)")
            #expect(teller.sometimes.verdict == .right, "seed \(seed)")
            for lie in Self.lies {
                var told = story
                lie.tell(&told)
                let red = told.verdicts.filter { if case .wrong = $0.value { true } else { false } }.keys
                #expect(Set(red) == lie.red, "\(lie.testDescription)")
            }
        }
    }
}
