// What a load consists of: each request a body that the service takes, each element another one.

import Contracts
import Ecosystem
import Foundation
import Testing

@Suite struct LoadRequestsTests {
    @Test func `elements made up are valid, different, and others in the next run`() throws {
        let now = Date(timeIntervalSince1970: 1_790_000_000.25)
        let requests = LoadRequests.madeUpNow(now)
        let elements = try (0..<3).map { index in
            try JSONDecoder().decode(CreateElement.self, from: Data(try #require(requests[index])))
        }
        #expect(Set(elements.map(\.elementId)).count == 3)
        let later = try #require(LoadRequests.madeUpNow(now.addingTimeInterval(1))[0])
        let next = try JSONDecoder().decode(CreateElement.self, from: Data(later))
        #expect(!elements.map(\.elementId).contains(next.elementId))
    }

    @Test func `a file ends with its last line`() {
        let requests = LoadRequests.lines([Array("a".utf8), Array("b".utf8)])
        #expect(requests[1] == Array("b".utf8))
        #expect(requests[2] == nil && requests[-1] == nil)
    }

    @Test func `a file that is not there is said to be missing`() {
        #expect(throws: (any Error).self) { try LoadRequests(file: "/nowhere/at/all") }
    }
}
