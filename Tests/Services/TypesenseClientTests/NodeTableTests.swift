// Which node of Typesense is asked first when some have failed. None is there, and the time is passed in.

import Testing

@testable import TypesenseClient

@Suite struct NodeTableTests {
    private let now = ContinuousClock.now

    @Test func `the nearest is asked first, and who failed rests`() {
        var nodes = NodeTable(3, rest: .seconds(10))
        #expect(nodes.order(at: now) == [0, 1, 2])
        nodes.failed(0, at: now)
        #expect(nodes.order(at: now) == [1, 2, 0])
        nodes.failed(1, at: now + .seconds(1))
        #expect(nodes.order(at: now + .seconds(1)) == [2, 0, 1])
        #expect(nodes.order(at: now + .seconds(10)) == [0, 2, 1], "its rest is over")
        nodes.answered(1)
        #expect(nodes.order(at: now + .seconds(1)) == [1, 2, 0])
    }

    @Test func `where all failed, all are asked, the one that rests longest first`() {
        var nodes = NodeTable(2, rest: .seconds(10))
        nodes.failed(1, at: now)
        nodes.failed(0, at: now + .seconds(1))
        #expect(nodes.order(at: now + .seconds(2)) == [1, 0])
    }
}
