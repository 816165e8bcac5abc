// A user as the KMS spells it, compared byte by byte.
//
// Swift's `String` treats canonically equivalent spellings as equal, SQLite does not; if the two differed here, one user could have two
// attempt budgets or two users one factor. Only the case of ASCII letters is folded, as the KMS does; any other spelling is another user.

package struct AccountName: Sendable, Hashable {
    package let text: String

    /// A name that the KMS has spelled.
    package init(_ text: String) { self.text = text }

    /// A name that somebody has typed, in the KMS's spelling.
    package init(canonical typed: String) {
        let letters = UInt8(ascii: "A")...UInt8(ascii: "Z")
        text = String(decoding: typed.utf8.map { letters.contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }

    package static func == (left: AccountName, right: AccountName) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }
}
