// A crowd, a wire that loses events, a service that dies, a key that ends: the history of the run is held against every check. Then one thing of
// it is falsified at a time, and exactly the checks that should say so do.

import EcosystemTesting
import Histories
import Testing

@Suite(.tags(.integration), .witnessed, .timeLimit(.minutes(3))) struct HistoryTests {
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
            story.elements[key] = nil
            story.index[key] = nil
            story.told.removeAll { $0 == key }
            story.offsets.removeLast()
            story.head -= 1
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
            let (end, key) = (story.revocations[0].returned, story.revocations[0].subject)
            story.calls.append(Call("use", of: key, invoked: end + 1, returned: end + 2, .ok(200)))
        },
        Lie(testDescription: "a key kept out before its end", red: ["revocation"]) { story in
            let (begin, key) = (story.revocations[0].invoked, story.revocations[0].subject)
            story.calls.append(Call("use", of: key, invoked: 0, returned: begin - 1, .refused("unauthenticated")))
        },
        Lie(testDescription: "repeats that count twice", red: ["repeats"]) { story in
            let call = story.calls.first { $0.operation == "version" && $0.outcome.answer != nil }
            guard let call, let number = call.outcome.answer else { return }
            story.calls.append(
                Call("version", of: call.subject, invoked: call.invoked, returned: call.returned, .ok(number + 1))
            )
        },
        Lie(testDescription: "another request under a key that was used", red: ["repeats"]) { story in
            let end = story.calls.last { $0.operation == "version" && $0.outcome.answer != nil }
            guard let end else { return }
            story.calls.append(
                Call("other", of: end.subject, invoked: end.returned + 1, returned: end.returned + 2, .ok(99))
            )
        },
        Lie(testDescription: "an act without its entry", red: ["audit"]) { $0.audit = [] },
        Lie(testDescription: "a log that was written anew, without a flaw", red: ["audit"]) { story in
            var hash = Story.auditOrigin
            for number in story.chain.keys.sorted() {
                story.chain[number]?.content[4] = "somebody else"
                hash = Story.auditHash(after: hash, story.chain[number]?.content ?? [])
                story.chain[number]?.hash = hash
            }
        },
        Lie(testDescription: "an entry that was changed", red: ["audit"]) { $0.chain[3]?.content[3] = "forbidden" },
        Lie(testDescription: "a log without its middle", red: ["audit"]) { $0.chain[$0.chain.count / 2] = nil },
        Lie(testDescription: "a chain that is broken", red: ["audit"]) { $0.isWhole = false },
        Lie(testDescription: "a follower that does not catch up", red: ["progress"]) { $0.left["the lag of x"] = 3 },
        Lie(testDescription: "an entry without its act", red: ["audit"]) { $0.audit.append("kms.keys.delete other") },
        Lie(testDescription: "a state that nobody asked for", red: ["order"]) { story in
            let read = story.orders.lastIndex { $0.outcome.answer?.isWrite == false }
            guard let read, let seen = story.orders[read].outcome.answer else { return }
            let (call, content) = (story.orders[read], String((seen.content ?? "").reversed()))
            let mixed = RevisionCheck.Seen(revision: seen.revision, content: content, isWrite: false)
            story.orders[read] = Call(
                "read",
                of: call.subject,
                invoked: call.invoked,
                returned: call.returned,
                .ok(mixed)
            )
        },
        Lie(testDescription: "a truncated page of the index", red: ["index"]) { story in
            story.index = story.index.filter { !$0.key.hasSuffix("7") }
        },
        Lie(testDescription: "an index with an old number", red: ["index"]) { story in
            if let key = story.index.keys.first { story.index[key] = "0" }
        },
        Lie(testDescription: "numbers against time", red: ["counter"]) { story in
            let ordered = story.calls.indices
                .filter { story.calls[$0].operation == "create" && story.calls[$0].outcome.answer != nil }
                .sorted { story.calls[$0].invoked < story.calls[$1].invoked }
            guard let first = ordered.first, let last = ordered.last else { return }
            let (one, other) = (story.calls[first], story.calls[last])
            for (index, call, outcome) in [(first, one, other.outcome), (last, other, one.outcome)] {
                story.calls[index] = Call(
                    "create",
                    of: call.subject,
                    invoked: call.invoked,
                    returned: call.returned,
                    outcome
                )
            }
        },
        Lie(testDescription: "nobody is answered again", red: ["progress"]) { $0.healed = .max },
    ]

    @Test(arguments: [1, 2] as [UInt64])
    func `a run with faults is right, and each lie about it turns exactly its checks red`(seed: UInt64) async throws {
        let faults = FaultPlan(seed: seed, events: Faults(drop: 0.1, duplicate: 0.1, reorder: 0.1))
        try await TestEcosystem.run(faults: ["service_a": faults]) { ecosystem in
            let root = try await ecosystem.loggedIn(as: "root", roles: "admin")
            let isOver = Mutexed(false)
            let teller = Storyteller(
                ecosystem.bus,
                root: root,
                user: try await ecosystem.loggedIn(),
                seed: seed,
                writers: 8,
                plays: { role, turn in Self.turns(role, turn) || !isOver.value }
            )
            let story = try await teller.play { teller in
                defer { isOver.change { $0 = true } }
                try await Self.killAndRestart(ecosystem, teller)
                try await Self.untilEnough(teller)
            }
            let sometimes = Sometimes(Self.enough.merging(["an event is lost": 1]) { $1 })
            sometimes.happened("an event is lost", try await ecosystem.wire("service_a").events.dropped)
            story.note(in: sometimes)
            #expect(Verdict.all(Array(story.verdicts.values)) == .right, "seed \(seed): \(story.verdicts)")
            #expect(sometimes.verdict == .right, "seed \(seed)")
            for lie in Self.lies {
                var told = story
                lie.tell(&told)
                #expect(told.red == lie.red, "\(lie.testDescription)")
            }
        }
    }

    /// So much has to happen in a run that proves anything.
    private static let enough = [
        "a create is answered": 100, "a create is not answered": 1, "a key lets in": 20, "a key keeps out": 20,
        "the order is read": 40, "the order is changed": 5, "a version is answered": 20,
        "another request under a key is refused": 10,
    ]

    /// Turns that were had while nobody was there prove nothing: the crowd goes on until there is enough beside them.
    private static func untilEnough(_ teller: Storyteller) async throws {
        while true {
            var story = Story()
            (story.calls, story.orders) = (teller.calls.calls, teller.orders.calls)
            let sometimes = Sometimes(enough)
            story.note(in: sometimes)
            if sometimes.verdict == .right { return }
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    @Sendable private static func turns(_ role: Role, _ turn: Int) -> Bool {
        switch role {
        case .writes: turn <= 30
        case .reads: turn <= 60
        case .repeats, .reorders: turn <= 20
        case .moves, .searches: turn <= 12
        case .holdsKeys: turn <= 8
        }
    }

    /// In the middle of the crowd.
    private static func killAndRestart(_ ecosystem: TestEcosystem, _ teller: Storyteller) async throws {
        try await teller.untilCreates(80)
        try await ecosystem.kill("service_a")
        // Not so many more creates: on a machine that is full they may all have been answered before.
        while !teller.calls.calls.contains(where: { $0.operation == "create" && $0.outcome.answer == nil }) {
            try Task.checkCancellation()
            await Task.yield()
        }
        try await ecosystem.restart("service_a")
    }
}
