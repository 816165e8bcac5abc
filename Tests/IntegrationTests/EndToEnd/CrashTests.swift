// What was answered is there, whatever happens to the process: the promise of durability, on a real process that is really killed.

import Ecosystem
import EcosystemTesting
import Testing

@Suite(.tags(.endToEnd), .witnessed, .timeLimit(.minutes(3))) struct CrashTests {
    @Test
    func `kill -9 in mid-stream, three times: nothing answered is lost, no number is missing, the index catches up`()
        async throws
    {
        let (directory, ledger) = (try TemporaryDirectory(), Ledger())
        for _ in 1...3 {
            let fountain = try await RunningFountain(in: directory)
            try await expectEverything(in: ledger, at: fountain)
            let client = try await fountain.loggedIn()
            ledger.after(100) { fountain.process.send(.kill) }
            await client.createUntilItEnds(ledger)
            #expect(await fountain.process.exitCode() == 128 + 9)
        }
        #expect(ledger.answered.count >= 300)
        try await expectEverything(in: ledger, at: try await RunningFountain(in: directory))
    }

    @Test
    func `SIGTERM in mid-stream: what was accepted is answered, the exit code is 0, and a restart finds all of it`()
        async throws
    {
        let (directory, ledger) = (try TemporaryDirectory(), Ledger())
        let first = try await RunningFountain(in: directory)
        let client = try await first.loggedIn()
        ledger.after(100) { first.process.send(.terminate) }
        await client.createUntilItEnds(ledger)
        #expect(await first.process.exitCode() == 0, "\(first.process.complaints)")
        #expect(ledger.otherStatuses.isSubset(of: [503]), "504 would be: nobody knows")
        let second = try await RunningFountain(in: directory)
        let count = try await expectEverything(in: ledger, at: second)
        // Drained: nothing was done that nobody was told of.
        #expect(count == ledger.answered.count)
    }

    /// All that was answered, under its number; the numbers without holes; all of it in the index.
    @discardableResult
    private func expectEverything(in ledger: Ledger, at fountain: RunningFountain) async throws -> Int {
        let client = try await fountain.loggedIn()
        var stored: [String: Int] = [:]
        for type in ["script", "action"] {
            let elements = try await client.elements(of: type)
            #expect(elements.map(\.number) == Array(1..<(elements.count + 1)))
            for element in elements { stored[element.key] = element.number }
        }
        for (key, number) in ledger.answered { #expect(stored[key] == number, "\(key)") }
        try await client.untilSearch(for: "*", finds: stored.count)
        return stored.count
    }
}
