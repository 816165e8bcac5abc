// Who needs a commit of his own, who shares one, and who has failed with it.

import Testing

@testable import Leases

@Suite struct VouchingCommitsTests {
    private struct Away: Error {}

    private let start = ContinuousClock.now
    private var commits = VouchingCommits()

    private mutating func turn(_ seconds: Double, within freshness: Double = 1) -> VouchingCommits.Turn {
        commits.turn(start + .seconds(seconds), within: .seconds(freshness))
    }

    private mutating func goThrough(begun seconds: Double) {
        commits.end(nil)
        commits.vouch(since: start + .seconds(seconds))
    }

    @Test mutating func `one goes for all who come while it is under way, and for those of a moment after it began`() {
        #expect(turn(0) == .begins(1))
        #expect((1...9).map { turn(Double($0) / 10) } == Array(repeating: .waits(for: 1), count: 9))
        #expect(commits.isUnderWay(1))
        goThrough(begun: 0)
        #expect(!commits.isUnderWay(1))
        #expect(turn(1) == .over)
        #expect(turn(1.1) == .begins(2))
    }

    @Test mutating func `who came too late for the one under way waits for it, and shares the next`() {
        #expect(turn(0, within: 0) == .begins(1))
        #expect(turn(0.5, within: 0) == .waits(for: 1))
        goThrough(begun: 0.1)
        #expect(turn(0.5, within: 0) == .begins(2))
        #expect(turn(0.6, within: 0) == .waits(for: 2))
        goThrough(begun: 0.7)
        #expect(turn(0.5, within: 0) == .over)
        #expect(turn(0.6, within: 0) == .over)
    }

    @Test mutating func `all who wait fail with it, and who comes then begins another`() {
        #expect(turn(0) == .begins(1))
        commits.end(Away())
        #expect(commits.failure(of: 1) is Away)
        #expect(turn(0) == .begins(2))
        #expect(commits.failure(of: 2) == nil)
        commits.end(Away())
        // Who has waited for the first one, and looks late.
        #expect(commits.failure(of: 1) is Away)
        #expect(turn(0) == .begins(3))
        goThrough(begun: 0)
        #expect(commits.failure(of: 2) == nil)
    }

    @Test mutating func `what went through on an earlier connection vouches for nobody`() {
        #expect(turn(0) == .begins(1))
        goThrough(begun: 0)
        commits.forget()
        #expect(turn(0) == .begins(2))
        commits.forget()
        // Not even where it began before: it is over, and that is all.
        commits.end(nil)
        #expect(turn(0) == .begins(3))
    }

    @Test mutating func `of two that went through the later one counts, in whichever order they are heard of`() {
        commits.vouch(since: start + .seconds(5))
        commits.vouch(since: start)
        #expect(turn(6) == .over)
        #expect(turn(6.1) == .begins(1))
    }
}
