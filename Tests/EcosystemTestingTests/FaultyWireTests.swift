// A real bus with the wire of tests between: without faults nobody notices it, and after each fault everything works again.

import Bus
import EcosystemTesting
import Testing

@Suite(.timeLimit(.minutes(1))) struct FaultyWireTests {
    func say(_ text: String, _ caller: Node, timeout: Duration = .seconds(5)) async throws -> String {
        try await caller.call(Speech.say, Speech.Text(text: text), timeout: timeout).text
    }

    /// Asks until it works: after a fault only asking tells that it is over.
    func sayUntilItWorks(_ text: String, _ caller: Node) async throws -> String {
        while true {
            try Task.checkCancellation()
            if let answer = try? await say(text, caller, timeout: .milliseconds(300)) { return answer }
        }
    }

    /// A caller that follows what is said and has had the first event.
    func follower(of log: MemoryEventLog, on stage: Stage) async throws -> (caller: Node, Subscription) {
        let caller = try stage.node("caller")
        let subscription = try await caller.subscribe(Speech.said, from: .offset(1))
        log.append(Speech.said.name, key: "", payload: [])
        #expect(try await subscription.next()?.map(\.offset) == [1])
        return (caller, subscription)
    }

    func until(_ condition: () async -> Bool) async throws {
        while await !condition() {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    /// The code of each call's failure; nil for the right answer.
    func outcomes(ofCalls count: Int, _ caller: Node) async throws -> [ErrorCode?] {
        try await withThrowingTaskGroup(of: ErrorCode?.self) { group in
            for number in 0..<count { group.addTask { try await outcome(of: "\(number)", caller) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    func outcome(of text: String, _ caller: Node) async throws -> ErrorCode? {
        do {
            return try await say(text, caller, timeout: .milliseconds(500)) == text ? nil : .badReply
        } catch let failure as Failure {
            return failure.code
        }
    }

    @Test(arguments: Transport.allCases) func `a wire without faults is not noticed`(transport: Transport) async throws
    {
        let stage = try await Stage(transport)
        let log = MemoryEventLog(topics: [Speech.said.name])
        let service = try await stage.serve(log)
        let caller = try stage.node("caller")
        let answers = try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<200 { group.addTask { try await say("\(number)", caller) } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(answers == Set((0..<200).map(String.init)))
        let subscription = try await caller.subscribe(Speech.said, from: .offset(1))
        for _ in 0..<10 { log.append(Speech.said.name, key: "", payload: []) }
        var offsets: [UInt64] = []
        while offsets.count < 10, let events = try await subscription.next() { offsets += events.map(\.offset) }
        #expect(offsets == Array(1...10))
        #expect(await stage.wire.calls.dropped == 0)
        await caller.shutDown()
        await service.shutDown()
        await stage.wire.close()
    }

    @Test(arguments: Transport.allCases)
    func `a partition is silence, and its end is the end of it`(transport: Transport) async throws {
        let stage = try await Stage(transport)
        let log = MemoryEventLog(topics: [Speech.said.name])
        let service = try await stage.serve(log)
        let (caller, subscription) = try await follower(of: log, on: stage)
        #expect(try await say("before", caller) == "before")
        await stage.wire.partition()
        let failure = await #expect(throws: Failure.self) { try await say("into the void", caller) }
        #expect([.unavailable, .deadlineExceeded].contains(failure?.code))
        for _ in 0..<9 { log.append(Speech.said.name, key: "", payload: []) }
        await stage.wire.heal()
        #expect(try await sayUntilItWorks("after", caller) == "after")
        var offsets: [UInt64] = []
        while offsets.count < 9, let events = try await subscription.next() { offsets += events.map(\.offset) }
        #expect(offsets == Array(2...10))
        #expect(await subscription.stats.allSatisfy { $0.gapsUnfilled == 0 })
        await caller.shutDown()
        await service.shutDown()
        await stage.wire.close()
    }

    @Test func `a partition loses what was on its way, too`() async throws {
        let stage = try await Stage(.inproc)
        let log = MemoryEventLog(topics: [Speech.said.name])
        let service = try await stage.serve(log)
        let (caller, subscription) = try await follower(of: log, on: stage)
        await stage.wire.use(FaultPlan(seed: 1, events: Faults(delay: .seconds(5)...(.seconds(5)))))
        log.append(Speech.said.name, key: "", payload: [])
        try await until { await stage.wire.events.messages > 0 }
        await stage.wire.partition()
        // The heads that come meanwhile are swallowed, so in the end nothing of all has passed.
        try await until { await stage.wire.events.dropped == stage.wire.events.messages }
        await stage.wire.use(FaultPlan(seed: 1))
        await stage.wire.heal()
        // The next head tells of it, and it is asked for.
        #expect(try await subscription.next()?.map(\.offset) == [2])
        await caller.shutDown()
        await service.shutDown()
        await stage.wire.close()
    }

    @Test(arguments: Transport.allCases)
    func `a service that is killed behind the wire is lost at once, and found when it is back`(
        transport: Transport
    ) async throws {
        let stage = try await Stage(transport)
        let first = try await stage.serve()
        let caller = try stage.node("caller")
        #expect(try await say("before", caller) == "before")
        await first.kill()
        await #expect(throws: Failure.self) { try await say("into the void", caller) }
        let second = try await stage.serve()
        #expect(try await sayUntilItWorks("after", caller) == "after")
        await caller.shutDown()
        await second.shutDown()
        await stage.wire.close()
    }

    @Test func `calls that are dropped and delayed end by their deadline, the others are answered`() async throws {
        let faults = Faults(drop: 0.2, delay: .milliseconds(0)...(.milliseconds(5)))
        let stage = try await Stage(.inproc, FaultPlan(seed: 5, calls: faults, answers: faults))
        let service = try await stage.serve()
        let caller = try stage.node("caller")
        _ = try await sayUntilItWorks("is it there?", caller)
        var (answered, failed) = (0, 0)
        // Frames are dropped, and a frame holds as many calls as its turn had: so how many of a hundred fail says nothing.
        while answered == 0 || failed == 0 {
            let outcomes = try await outcomes(ofCalls: 100, caller)
            answered += outcomes.count { $0 == nil }
            failed += outcomes.count { $0 == .deadlineExceeded }
            // Greetings and pings are dropped too: so the link itself may be lost for a while.
            #expect(outcomes.allSatisfy { [nil, .deadlineExceeded, .unavailable].contains($0) })
        }
        #expect(await stage.wire.calls.dropped + stage.wire.answers.dropped > 0)
        await caller.shutDown()
        await service.shutDown()
        await stage.wire.close()
    }
}
