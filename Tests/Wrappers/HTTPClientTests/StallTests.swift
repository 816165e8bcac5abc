// How long a transfer may stand still.

import Testing

@testable import HTTPClient

@Suite struct StallTests {
    private let began = ContinuousClock.now

    /// When, in milliseconds, a transfer is over that may stand still for five seconds; looked at whenever it has moved so many bytes.
    private func ends(_ looks: [(after: Int, moved: Int64)]) -> Int? {
        var stall = Stall(limit: .seconds(5))
        return looks.first { stall.isOver(moved: $0.moved, at: began + .milliseconds($0.after)) }?.after
    }

    @Test func `what moves nothing for as long as it may is over, and not before`() {
        #expect(ends([(0, 0), (4_999, 0)]) == nil)
        #expect(ends([(0, 0), (4_999, 0), (5_000, 0)]) == 5_000)
    }

    @Test func `each byte begins it anew`() {
        #expect(ends([(0, 0), (4_000, 1), (8_000, 2), (12_999, 2)]) == nil)
        #expect(ends([(0, 0), (4_000, 1), (8_000, 2), (13_000, 2)]) == 13_000)
    }
}
