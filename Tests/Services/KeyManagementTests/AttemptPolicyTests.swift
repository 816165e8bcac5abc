// How long somebody waits after how many guesses. Nothing is stored, and the time is passed in.

import Testing

@testable import KeyManagement

@Suite struct AttemptPolicyTests {
    let policy = AttemptPolicy()
    let start = Timestamp(rawValue: 1_000_000)

    private func count(_ count: Int, opensAt: Timestamp? = nil) -> AttemptCount {
        AttemptCount(id: "a", count: count, opensAt: opensAt ?? start, expiresAt: start + .seconds(86_400))
    }

    private func wait(afterAttempt number: Int) throws -> Duration {
        guard case .granted(let state) = policy.claim("a", number == 1 ? nil : count(number - 1), at: start) else {
            throw Refused()
        }
        #expect(state.count == number)
        return .milliseconds(state.opensAt.rawValue - start.rawValue)
    }

    private struct Refused: Error {}

    @Test(arguments: [(1, 0), (4, 0), (5, 1), (6, 2), (7, 4), (14, 512), (15, 900), (100, 900), (100_000, 900)])
    func `the wait grows to a quarter of an hour and no further`(attempt: Int, seconds: Int) throws {
        #expect(try wait(afterAttempt: attempt) == .seconds(seconds))
    }

    @Test func `an attempt within a wait is refused and does not make it longer`() {
        let opens = start + .seconds(4)
        let waiting = count(7, opensAt: opens)
        #expect(policy.claim("a", waiting, at: opens - .milliseconds(1)) == .refused(waiting))
        guard case .granted = policy.claim("a", waiting, at: opens) else {
            Issue.record("the wait did not end")
            return
        }
    }

    @Test func `a day without an attempt is forgotten`() {
        let later = start + .seconds(86_400)
        let expected = AttemptCount(id: "a", count: 1, opensAt: later, expiresAt: later + .seconds(86_400))
        #expect(policy.claim("a", count(100), at: later) == .granted(expected))
    }

    @Test(arguments: [1, 5, 6, 20])
    func `a claim that was never evaluated is as if it had not been`(attempts: Int) {
        let released = policy.release(count(attempts, opensAt: start + .seconds(1)), at: start)
        #expect(released.count == attempts - 1)
        #expect(released.opensAt <= start + .seconds(1))
    }
}
