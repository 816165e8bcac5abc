// A text that was kept before long runs of marks were refused, and is in an index, or comes to one.

import Testing

@testable import TypesenseClient

@Suite(.timeLimit(.minutes(1))) struct FoldedTextTests {
    /// Without a bound this takes a processor for minutes.
    @Test func `a letter with more marks than any has is folded in no time, and what follows keeps its place`() {
        let marks = String(repeating: "\u{301}\u{316}", count: 200_000)
        let folded = FoldedText("e\(marks) x")
        #expect(String(String.UnicodeScalarView(folded.scalars)) == "e x")
        #expect(folded.origin(of: 0) == 0..<400_001)
        #expect(folded.origin(of: 2) == 400_002..<400_003)
    }
}
