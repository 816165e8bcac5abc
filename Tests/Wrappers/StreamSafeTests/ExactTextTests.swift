// Keys by their bytes, where Swift's own equality goes by the normal form.

import StreamSafe
import Testing

@Suite struct ExactTextTests {
    @Test func `two spellings of one word are two keys`() {
        let (one, other) = ("\u{e9}", "e\u{301}")
        #expect(one == other && ExactText(one) != ExactText(other))
        #expect(Set([one, other].map(ExactText.init)).count == 2 && Set([one, one].map(ExactText.init)).count == 1)
    }

    @Test func `they are ordered by their bytes`() {
        #expect(
            ["b", "\u{e9}", "e\u{301}", "a"].map(ExactText.init).sorted().map(\.text) == [
                "a", "b", "e\u{301}", "\u{e9}",
            ]
        )
    }
}
