// What is meant to hurt: files whose length a parser might take to the square.

import Screenplay
import Testing

@Suite struct HugeScreenplayTests {
    @Test(
        .timeLimit(.minutes(1)),
        arguments: ["[[", "/*", "[[a]]", "/**/", "]]", "(", "#", "BOB\nx\n\n", "[[\n  \n", "  \n", "@", "> x <\n"]
    )
    func `hostile input takes time by its length`(_ piece: String) throws {
        let bytes = [UInt8](repeatElement(Array(piece.utf8), count: 40_000).joined())
        try Fixtures.expectSame(bytes, piece)
    }

    @Test(.timeLimit(.minutes(4))) func `a line of megabytes`() throws {
        try Fixtures.expectSame([UInt8](repeating: UInt8(ascii: "X"), count: 4 << 20) + Array("\nx\n".utf8))
        try Fixtures.expectSame(Array("INT. ".utf8) + [UInt8](repeating: UInt8(ascii: "#"), count: 1 << 20))
    }
}
