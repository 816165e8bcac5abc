// A coded error: the same value on both sides of the bus, and a line of a log that says what happened.

import Bus
import Foundation
import Testing

@Suite struct FailureTests {
    private let failure = Failure(
        .unavailable,
        "Not yet.",
        fields: [.init("a.0", "must wait"), .init("b", "must, too")],
        retryAfter: 2,
        challenge: .init(acrValues: "2fa", maxAge: 60),
        firstOffset: 7,
        revision: 8,
        position: LogPosition(epoch: 9, offset: 10)
    )

    @Test func `all parts arrive, and what was not there is not there`() throws {
        let there = try JSONDecoder().decode(Failure.self, from: JSONEncoder().encode(failure))
        #expect(there == failure)
        #expect(there.fields == failure.fields && there.challenge == failure.challenge && there.position?.offset == 10)
        let plain = Failure(.notFound, "No.")
        let text = try JSONEncoder().encode(plain)
        #expect(try JSONDecoder().decode(Failure.self, from: text) == plain)
        #expect(!String(decoding: text, as: UTF8.self).contains("fields"))
        #expect(plain != failure)
    }

    @Test func `a log says what happened`() {
        #expect("\(failure)" == "unavailable: Not yet. (a.0, b)")
        #expect("\(Failure(.notFound, "No."))" == "not_found: No.")
        #expect("\(failure as any Error)" == "\(failure)")
    }
}
